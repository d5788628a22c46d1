#!/usr/bin/env python3
"""Loads a running server with wrk on loopback: questions alone, both, questions alone again, batches alone; prints rates and latencies.

    apt-get install wrk
    cargo build --release -p mcp-insights-cli -p mcp-insights-benches
    python3 benches/compare/load.py --folder DIR

A folder is made in DIR and 100,000 generated events are imported into it, moved so that they end yesterday. The questions are
the contract's GETs over the last week, each answered in full (no If-None-Match). Every connection asks, waits for the answer, thinks
for a random time and asks again, so that together they ask at about the rate that was wished for; a slow answer delays only the next
question of its own connection. Batches have 20 events with ids that are sent once. They come from so many connections as fast as they
are taken in, or thinking as well where a rate is wished for. A question costs what the events of its week cost, and those become more: so
questions beside batches are compared with questions alone before and after. All phases are repeated, in turn; figures are medians of the
rounds.
"""

import argparse
import contextlib
import datetime
import functools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

API = "/api/armature/v1"
INGEST = "/api/mcp-analytics/ingest"
BATCH = 20
WEEK = "?range=7d"
SHOP = "shop"

SCRIPT = """
local lines, place = {}, 0
for line in io.lines(os.getenv("LOAD_LINES")) do lines[#lines + 1] = line end
local first, think = tonumber(os.getenv("LOAD_FIRST")), tonumber(os.getenv("LOAD_THINK"))
local ingest = os.getenv("LOAD_INGEST")
local headers = { Authorization = "Bearer " .. os.getenv("LOAD_KEY"), ["Content-Type"] = "application/json" }
math.randomseed(first + 1)
-- Around the mean, so that connections do not keep step.
if think > 0 then function delay() return math.floor(2 * think * math.random()) end end
function request()
  place = place + 1
  if ingest == "" then return wrk.format("GET", lines[(place - 1) % #lines + 1], headers) end
  local line = lines[first + place]
  if line == nil then wrk.thread:stop() line = lines[#lines] end
  return wrk.format("POST", ingest, headers, line)
end
local bad = 0
function response(status) if status ~= 200 then bad = bad + 1 wrk.thread:set("bad", bad) end end
local threads = {}
function setup(thread) thread:set("bad", 0) threads[#threads + 1] = thread end
function done(summary, latency)
  local refused = 0
  for _, thread in ipairs(threads) do refused = refused + thread:get("bad") end
  local errors = summary.errors
  refused = refused + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('\\n{"requests":%d,"seconds":%f,"refused":%d,"p50":%f,"p99":%f,"worst":%f}\\n', summary.requests,
    summary.duration / 1e6, refused, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
"""


def run(command, *arguments):
    return subprocess.run([command, *arguments], check=True, capture_output=True, text=True).stdout


def moved_to_now(generated):
    """The same events, whole days later, so that they end yesterday: a server is asked about its last week."""
    with open(generated, encoding="utf-8") as file:
        lines = file.read().splitlines()
    # The first two of a line; more may stand in texts.
    day = re.compile(r'"(started|finished)_at":"(\d{4}-\d\d-\d\d)T')
    # A few have clocks that go wrong.
    newest = sorted(day.search(line)[2] for line in lines)[len(lines) * 99 // 100]
    yesterday = datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)
    days = yesterday - datetime.date.fromisoformat(newest)
    later = functools.cache(lambda day: (datetime.date.fromisoformat(day) + days).isoformat())
    return [day.sub(lambda found: f'"{found[1]}_at":"{later(found[2])}T', line, count=2) for line in lines]


@contextlib.contextmanager
def served(binary, data):
    command = [binary, "serve", "--data", data, "--encoder", "fast", "--listen", "127.0.0.1:0"]
    with open(os.path.join(os.path.dirname(data), "log"), "w", encoding="utf-8") as log:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield re.search(r"http://([^/]+)/", server.stdout.readline())[1]
        finally:
            server.terminate()
            server.wait()


def ask(address, key, path):
    return json.loads(run("curl", "-sf", "-H", f"Authorization: Bearer {key}", f"http://{address}{API}{path}"))


def questions(address, key):
    """What a dashboard asks: every list, and one of each."""
    first = {name: ask(address, key, f"/insights/{name}{WEEK}")[name][0]["id"] for name in ["topics", "searches", "sessions"]}
    insights = API + "/insights"
    return [
        f"{insights}/overview{WEEK}",
        f"{insights}/topics{WEEK}",
        f"{insights}/topics/{first['topics']}{WEEK}",
        f"{insights}/searches{WEEK}",
        f"{insights}/searches/{first['searches']}{WEEK}",
        f"{insights}/sessions{WEEK}",
        f"{insights}/sessions/{first['sessions']}/trace",
    ]


class Load:
    """One kind of request, from one wrk."""

    def __init__(self, options, folder, name, key, lines, ingest, connections, rate):
        self.options, self.name, self.connections = options, name, connections
        self.verb = "sending" if ingest else "asking"
        self.taken = 0
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        self.script = os.path.join(folder, "load.lua")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(SCRIPT)
        think = 1000 * connections / rate if rate else 0
        self.environment = os.environ | {
            "LOAD_LINES": path, "LOAD_KEY": key, "LOAD_INGEST": ingest, "LOAD_THINK": str(think),
        }

    def start(self, address):
        command = ["wrk", "--threads", "1", "--connections", str(self.connections), "--duration", f"{self.options.seconds}s",
                   "--timeout", "30s", "--script", self.script, f"http://{address}/"]
        environment = self.environment | {"LOAD_FIRST": str(self.taken)}
        self.wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)

    def end(self):
        output, _ = self.wrk.communicate()
        found = json.loads(output.splitlines()[-1])
        # Some were under way when time was up.
        self.taken += found["requests"] + self.connections
        if found["refused"]:
            sys.exit(f"{found['refused']} {self.name} were not answered with 200")
        return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default=".", help="where to write: a folder on the disk to be measured")
    parser.add_argument("--binary", default="target/release/mcp-insights")
    parser.add_argument("--benches", default="target/release/mcp-insights-benches")
    parser.add_argument("--events", type=int, default=100_000, help="events imported before")
    parser.add_argument("--more", type=int, default=100_000, help="events at hand for batches")
    parser.add_argument("--rate", type=float, default=50, help="questions a second")
    parser.add_argument("--askers", type=int, default=8, help="connections that ask")
    parser.add_argument("--senders", type=int, default=4, help="connections that send batches")
    parser.add_argument("--batches", type=float, default=0, help="batches a second; 0 is as fast as they are taken in")
    parser.add_argument("--seconds", type=int, default=15, help="of each phase")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    folder = tempfile.mkdtemp(prefix="load-", dir=options.folder)
    try:
        data, dump = os.path.join(folder, "insights"), os.path.join(folder, "generated")
        run(options.benches, "generate", "--events", str(options.events + options.more), "--distinct-intents", "10000", "--days", "6", "--out", dump)
        before = os.path.join(folder, "before.ndjson")
        lines = moved_to_now(dump)
        with open(before, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines[:options.events])
        more = lines[options.events:]
        batches = [f'{{"schema_version":1,"events":[{",".join(more[at:at + BATCH])}]}}' for at in range(0, len(more) - BATCH, BATCH)]
        run(options.binary, "import", before, "--data", data, "--encoder", "fast", "--mcp-server", SHOP)
        run(options.binary, "settings", "--data", data, "--set", "limits.requests_per_second=1000000")
        key = lambda *kind: json.loads(run(options.binary, "keys", "create", "--data", data, "--json", *kind))["key"]
        viewer, sender = key("--role", "viewer"), key("--ingest", "--mcp-server", SHOP)
        figures = {phase: [] for phase in ["asking, alone", "asking, both", "asking, after", "sending, alone", "sending, both"]}
        with served(options.binary, data) as address:
            asking = Load(options, folder, "questions", viewer, questions(address, viewer), "", options.askers, options.rate)
            sending = Load(options, folder, "batches", sender, batches, INGEST, options.senders, options.batches)
            asking.start(address)  # Threads and pages are there from now on.
            asking.end()
            for _ in range(options.rounds):
                for phase, loads in [("alone", [asking]), ("both", [asking, sending]), ("after", [asking]), ("alone", [sending])]:
                    for load in loads:
                        load.start(address)
                    for load in loads:
                        figures[f"{load.verb}, {phase}"].append(load.end())
                if sending.taken > len(batches):
                    sys.exit("too few events at hand: ask for --more")
    finally:
        shutil.rmtree(folder)

    print(f"{'':16}{'a second':>12}{'p50 ms':>10}{'p99 ms':>10}{'worst ms':>10}")
    middle = lambda name, value: statistics.median(value(found) for found in figures[name])
    for name in figures:
        each = BATCH if name.startswith("sending") else 1
        rate = middle(name, lambda found: each * found["requests"] / found["seconds"])
        latencies = "".join(f"{middle(name, lambda found: found[at]):10.2f}" for at in ["p50", "p99", "worst"])
        print(f"{name:16}{rate:12,.0f}{latencies}  {'events' if each > 1 else 'questions'}")
    for phase in ["alone", "after"]:
        rounds = zip(figures[f"asking, {phase}"], figures["asking, both"])
        ratio = statistics.median(both["p99"] / other["p99"] for other, both in rounds)
        print(f"questions' p99 beside batches: {ratio:.2f} x {phase}")


if __name__ == "__main__":
    main()
