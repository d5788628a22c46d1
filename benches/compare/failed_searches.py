#!/usr/bin/env python3
"""Times `mcp-insights searches` on many failed searches against a catalog, and prints seconds and peak memory.

    cargo build --release
    python3 benches/compare/failed_searches.py --searches 1000000 --distinct 100000

The texts are the queries of fixtures/labelled/metatool_a.tsv.gz with names and places added, as many distinct ones as asked
for; how often each is asked follows Zipf's law. Equal options give equal files.
"""

import argparse
import gzip
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

PLACES = ["berlin", "lima", "osaka", "nairobi", "quito", "leeds", "turin", "perth", "boston", "antwerp", "prague", "lagos"]
THINGS = ["invoices", "tickets", "reports", "orders", "photos", "recipes", "flights", "contracts", "songs", "emails", "maps", "tests"]


def texts(count):
    """Distinct texts: queries that people wrote, then the same about other things and places."""
    with gzip.open("fixtures/labelled/metatool_a.tsv.gz", "rt", encoding="utf-8") as file:
        queries = [line.rstrip("\n").split("\t")[1] for line in file]
    found = {}
    for place in [""] + [f" in {place}" for place in PLACES]:
        for thing in [""] + [f" for {thing}" for thing in THINGS]:
            for query in queries:
                found.setdefault(query.rstrip("?.!") + thing + place)
                if len(found) == count:
                    return list(found)
    sys.exit(f"there are only {len(found)} texts")


def number(*parts):
    digest = hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def write(path, searches, distinct):
    choices = texts(distinct)
    with open(path, "w", encoding="utf-8") as file:
        for search in range(searches):
            # Every text once, then by Zipf's law: rank = distinct ** u.
            place = search if search < distinct else int(distinct ** (number("text", search) / 2**64)) - 1
            second = 1_767_225_600 + search * 7 * 24 * 3600 // searches
            event = {
                "event_id": f"{number('id', search):016x}", "kind": "tool_call", "ok": True,
                "session_id_hint": f"session-{number('session', search) % (searches // 4 + 1)}",
                "actor_id": f"actor-{number('actor', search) % 5000}",
                "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second)), "duration_ms": 40,
                "metadata": {"tool_name": "search_tools", "input_preview": json.dumps({"query": choices[place]})},
                "result_preview": "{\"results\":[]}",
            }
            file.write(json.dumps(event, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--searches", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, nargs="+", default=[100_000])
    parser.add_argument("--encoder", default="fast")
    parser.add_argument("--binary", default="target/release/mcp-insights")
    parser.add_argument("--catalog", default="fixtures/livemcp/catalog.json")
    options = parser.parse_args()
    for distinct in options.distinct:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "searches.ndjson")
            write(path, options.searches, distinct)
            command = [options.binary, "searches", path, "--catalog", options.catalog, "--encoder", options.encoder, "--no-cache"]
            began = time.perf_counter()
            output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
            seconds = time.perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            total = json.loads(output)["total"]
            print(f"{options.searches:,} failed searches, {distinct:,} distinct: {seconds:.1f} s, peak {peak:,.0f} MB so far, {total:,} clusters")


if __name__ == "__main__":
    main()
