#!/usr/bin/env python3
"""Times durable appends to a store, and the whole engine, against SQLite on the same disk with the same JSON, in turn, and prints ratios.

    cargo run --release -p mcp-insights-benches -- generate --events 20000 --out events.ndjson
    cargo build --release -p mcp-insights-store --example append
    cargo build --release -p mcp-insights-benches
    python3 benches/compare/ingest.py events.ndjson --folder DIR

The engine takes the same batches in as a server does: they are parsed, stored, and every question sees them when a batch returns; its time
ends when an answer would show all of them. It holds and has grouped the first half of the events before, and SQLite holds them too. The store appends all, and half of its time counts.

SQLite runs with journal_mode=WAL and synchronous=FULL and inserts one transaction a batch, JSON only. The store appends the same
batches, with its columns beside the JSON. Only the inserting is timed, not the reading of the file. Where several clients ask for
more than one thread, each thread of the store and engine appends for one; SQLite has one writer at a time, so it stays as it is.
"""

import argparse
import json
import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time


def with_sqlite(folder, before, batches):
    connection = sqlite3.connect(os.path.join(folder, "events.sqlite"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE events (sequence INTEGER PRIMARY KEY, event TEXT NOT NULL)")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO events (event) VALUES (?)", before)
    connection.execute("COMMIT")
    begin = time.perf_counter()
    for batch in batches:
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO events (event) VALUES (?)", batch)
        connection.execute("COMMIT")
    seconds = time.perf_counter() - begin
    count, = connection.execute("SELECT count(*) FROM events").fetchone()
    connection.close()
    if count != len(before) + sum(map(len, batches)):
        sys.exit(f"SQLite holds {count} events")
    return seconds


def with_store(binary, folder, file, batch, threads):
    command = [binary, os.path.join(folder, "store"), file, str(batch), str(threads)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["seconds"]


def with_engine(binary, folder, file, before, batch, threads):
    command = [binary, "ingest", file, "--data", os.path.join(folder, "engine"), "--batch", str(batch), "--senders", str(threads),
               "--recluster-after", str(before)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return float(re.search(r"events in ([0-9.]+) s", output)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", help="events, one a line")
    parser.add_argument("--folder", default=".", help="where to write: a folder on the disk to be measured")
    parser.add_argument("--binary", default="target/release/examples/append")
    parser.add_argument("--engine", default="target/release/mcp-insights-benches")
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()

    for option, program, package in [
        ("--binary", options.binary, "mcp-insights-store --example append"),
        ("--engine", options.engine, "mcp-insights-benches"),
    ]:
        if not os.access(program, os.X_OK):
            sys.exit(f"error: no program at {program}; build it (`cargo build --release -p {package}`) or name it with {option}")
    with open(options.file, encoding="utf-8") as file:
        lines = [(line.rstrip("\n"),) for line in file]
    half = len(lines) // 2
    before, lines = lines[:half], lines[half:]
    batches = [lines[at:at + options.batch] for at in range(0, len(lines), options.batch)]
    names = ["SQLite", *(f"{what}, {threads} threads" for what in ["store", "engine"] for threads in options.threads)]
    seconds = {name: [] for name in names}
    for _ in range(options.rounds):
        for name, found in seconds.items():
            folder = tempfile.mkdtemp(prefix="ingest-", dir=options.folder)
            try:
                if name == "SQLite":
                    found.append(with_sqlite(folder, before, batches))
                    continue
                threads = int(name.split()[1])
                if name.startswith("store"):
                    # It is given the whole file, and times all of it.
                    found.append(with_store(options.binary, folder, options.file, options.batch, threads) / 2)
                else:
                    found.append(with_engine(options.engine, folder, options.file, half, options.batch, threads))
            finally:
                shutil.rmtree(folder)
    base = statistics.median(seconds["SQLite"])
    for name, found in seconds.items():
        median = statistics.median(found)
        spread = f"{min(found):.2f} to {max(found):.2f}"
        print(f"{name:22} {len(lines) / median:10,.0f} events/s  median {median:.2f} s ({spread})  {base / median:.2f} x SQLite")


if __name__ == "__main__":
    main()
