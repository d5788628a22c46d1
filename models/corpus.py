"""Reads the corpus that vocabularies are counted on and the static vectors are trained on."""

import gzip
from pathlib import Path

DEFAULT_FOLDER = Path(__file__).parent / "corpus"

REQUESTS = "requests.txt.gz"
SUMMARIES = "package_summaries.txt.gz"

REQUEST_SOURCES = {
    "Taskmaster": (1, 13372),
    "gorilla APIBench": (13373, 15966),
    "gorilla BFCL": (15967, 21033),
    "ToolAlpaca": (21034, 21238),
}
"""First and last line, from 1, of each source in the file of requests."""


def read_requests(folder):
    """The requests, by source."""
    lines = read_lines(Path(folder) / REQUESTS)
    expected = max(last for _, last in REQUEST_SOURCES.values())
    if len(lines) != expected:
        raise SystemExit(f"{REQUESTS} has {len(lines)} lines, the line ranges of its sources want {expected}")
    return {source: lines[first - 1 : last] for source, (first, last) in REQUEST_SOURCES.items()}


def read_summaries(folder, count=None):
    """The first `count` package summaries; they are in the order of a hash, so a prefix is a fair sample."""
    return read_lines(Path(folder) / SUMMARIES)[:count]


def read_lines(path):
    """The lines of a gzipped UTF-8 file, in order."""
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n") for line in file]
