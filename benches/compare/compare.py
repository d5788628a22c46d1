#!/usr/bin/env python3
"""Times `mcp-insights overview FILE` and DuckDB on the same file, in turn, and prints the ratio.

    cargo build --release
    pip install duckdb
    python3 benches/compare/compare.py dump.ndjson

DuckDB reads the NDJSON file and computes counts, distinct sessions and actors, the error rate and the 95th percentile of
the durations; the engine computes its whole overview (sessions, topics, failed searches, KPIs, trends), once with `--encoder fast` and
once with vectors that an earlier run kept. Both get the
same number of threads and a fresh process a round. Several files (say of one and of four million events) also show how
time and memory grow. Memory is what is not backed by a file: VmHWM less RssFile of /proc/PID/status, read while it runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

QUERY = """
select count(*) as events,
       count(distinct session_id_hint) as sessions,
       count(distinct actor_id) as actors,
       count(*) filter (where kind = 'tool_call') as tool_calls,
       avg(case when ok = false or error is not null then 1.0 else 0.0 end) filter (where kind = 'tool_call') as error_rate,
       quantile_cont(duration_ms, 0.95) filter (where kind = 'tool_call') as p95_ms
from {source}
"""

SOURCES = {
    # The columns that the query needs, and nothing else: DuckDB's best case.
    "columns": """read_json({path}, format = 'newline_delimited', maximum_object_size = 67108864, columns = {{
        kind: 'VARCHAR', session_id_hint: 'VARCHAR', actor_id: 'VARCHAR', ok: 'BOOLEAN', error: 'VARCHAR', duration_ms: 'DOUBLE'}})""",
    # As one types it.
    "auto": "read_ndjson_auto({path})",
}

CHILD = """
import duckdb, json, sys
connection = duckdb.connect(config={"threads": int(sys.argv[2])})
# Its progress bar would go to standard output, where the answer is.
connection.execute("SET enable_progress_bar = false")
cursor = connection.execute(sys.argv[1])
print(json.dumps(dict(zip([column[0] for column in cursor.description], cursor.fetchone()))))
"""


def status(pid):
    """(VmHWM less RssFile, RssAnon) of a process in bytes, or None where it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
        peak, backed, anonymous = (int(fields[name].split()[0]) * 1024 for name in ("VmHWM", "RssFile", "RssAnon"))
    except (FileNotFoundError, ProcessLookupError, KeyError):  # KeyError: it has ended but was not waited for
        return None
    return peak - backed, anonymous


def timed(command, environment):
    """Runs a command; gives seconds, (peak without file pages, peak anonymous) or None without /proc, and what it printed.

    VmHWM less RssFile can only err upwards: it counts file pages of the peak that were given back before the sample.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)
        peak = None
        while process.poll() is None:
            seen = status(process.pid)
            if seen:
                peak = tuple(max(pair) for pair in zip(peak, seen)) if peak else seen
            time.sleep(0.005)
        seconds = time.perf_counter() - began
        output.seek(0)
        errors.seek(0)
        if process.returncode != 0:
            text = errors.read().decode(errors="replace")[-2000:]
            sys.exit(f"error: `{' '.join(command[:3])} ...` ended with {process.returncode}:\n{text}")
        return seconds, peak, output.read()


def count_lines(path):
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 22), b""))


# How the engine gets the vectors of texts. The first round of each warms up and counts for nothing; with kept vectors
# it is the one that computes them, so its time is that of a cold start.
ENGINES = {
    "fast": ["--encoder", "fast", "--no-cache"],
    "kept": ["--encoder", "accurate"],
}


def measure(path, options, engine):
    """Rounds in turn, after one round each that warms up."""
    quoted = "'" + path.replace("'", "''") + "'"
    duckdb_command = [sys.executable, "-c", CHILD, QUERY.format(source=SOURCES[options.source].format(path=quoted)), str(options.threads)]
    commands = {"duckdb": duckdb_command}
    if engine:
        for name, arguments in ENGINES.items():
            commands[name] = [options.binary, "overview", path, "--range", options.range] + arguments
    seconds, peaks, answers, cold = {name: [] for name in commands}, {}, {}, {}
    with tempfile.TemporaryDirectory() as cache:
        environment = dict(os.environ, RAYON_NUM_THREADS=str(options.threads), XDG_CACHE_HOME=cache)
        for round_ in range(options.rounds + 1):
            for name, command in commands.items():
                took, peak, output = timed(command, environment)
                answers[name] = output
                if round_ == 0:
                    cold[name] = took
                    continue
                seconds[name].append(took)
                if peak is not None:
                    peaks[name] = tuple(max(pair) for pair in zip(peaks.get(name, (0, 0)), peak))
    events = count_lines(path)
    row = {
        "file": path,
        "bytes": os.path.getsize(path),
        "events": events,
        "duckdb_s": statistics.median(seconds["duckdb"]),
        "duckdb_rounds_s": seconds["duckdb"],
        "duckdb_peak_bytes": peaks.get("duckdb", (None,))[0],
        "duckdb_answer": json.loads(answers["duckdb"]),
    }
    row["engines"] = {name: figures(name, seconds, peaks, answers, cold, events) for name in ENGINES if engine}
    return row


def figures(name, seconds, peaks, answers, cold, events):
    """What the rounds say of one way of the engine."""
    median = statistics.median(seconds[name])
    peak, anonymous = peaks.get(name, (None, None))
    kpis = json.loads(answers[name])["kpis"]
    return {
        "s": median,
        "rounds_s": seconds[name],
        "cold_s": cold[name],
        "ratio": median / statistics.median(seconds["duckdb"]),
        "events_per_s": events / median,
        "peak_bytes": peak,
        "peak_anonymous_bytes": anonymous,
        "kpis": {kpi: kpis[kpi]["value"] for kpi in ("sessions", "actors", "tool_calls", "error_rate", "latency_p95_ms")},
    }


def megabytes(value):
    return "unknown" if value is None else f"{value / 1e6:.0f} MB"


def show(row):
    print(f"{row['file']}: {row['events']:,} events, {row['bytes'] / 1e9:.2f} GB")
    answer = row["duckdb_answer"]
    print(f"  duckdb        {row['duckdb_s']:7.2f} s   peak {megabytes(row['duckdb_peak_bytes'])}")
    print(f"                {json.dumps(answer)}")
    for name, engine in row["engines"].items():
        print(f"  {' '.join(ENGINES[name])}: {engine['s']:.2f} s, ratio {engine['ratio']:.2f} (first run {engine['cold_s']:.2f} s)")
        print(f"                peak {megabytes(engine['peak_bytes'])} (anonymous {megabytes(engine['peak_anonymous_bytes'])})   {engine['events_per_s']:,.0f} events/s")
        print(f"                {json.dumps(engine['kpis'])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE", help="NDJSON dumps, plain")
    parser.add_argument("--binary", default="target/release/mcp-insights", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds, after one to warm up; default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="for both; default: all cores (%(default)s)")
    parser.add_argument("--range", default="30d", help="window of the overview; default: %(default)s")
    parser.add_argument("--source", choices=SOURCES, default="columns", help="how DuckDB reads: named columns, or all it detects; default: %(default)s")
    parser.add_argument("--duckdb-only", action="store_true", help="leave the engine out")
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    options = parser.parse_args()
    try:
        import duckdb
    except ImportError:
        sys.exit("error: the package duckdb cannot be imported; install it (`pip install duckdb`) for this Python: " + sys.executable)
    engine = not options.duckdb_only
    if engine and not os.access(options.binary, os.X_OK):
        sys.exit(f"error: no program at {options.binary}; build it (`cargo build --release`) or name it with --binary")
    for path in options.files:
        if not os.path.isfile(path):
            sys.exit(f"error: no file {path}; `mcp-insights-benches generate` makes one")
    if options.rounds < 1 or options.threads < 1:
        parser.error("--rounds and --threads must be at least 1")
    if not options.json:
        print(f"duckdb {duckdb.__version__}, {options.threads} threads, median of {options.rounds} rounds")
    rows = []
    for path in options.files:
        rows.append(measure(path, options, engine))
        if not options.json:
            show(rows[-1])
    growth = []
    for before, after in zip(rows, rows[1:]):
        if engine:
            earlier, later = before["engines"]["fast"], after["engines"]["fast"]
            step = {"events": after["events"] / max(before["events"], 1), "time": later["s"] / earlier["s"]}
            step["duckdb_time"] = after["duckdb_s"] / before["duckdb_s"]
            if earlier["peak_bytes"] and later["peak_bytes"]:
                step["memory"] = later["peak_bytes"] / earlier["peak_bytes"]
            growth.append(step)
    if options.json:
        json.dump({"duckdb": duckdb.__version__, "threads": options.threads, "rounds": options.rounds, "files": rows, "growth": growth}, sys.stdout, indent=1)
        print()
        return
    for before, after, step in zip(rows, rows[1:], growth):
        print(f"growth {before['file']} -> {after['file']}: " + ", ".join(f"{name} x {value:.2f}" for name, value in step.items()))


if __name__ == "__main__":
    main()
