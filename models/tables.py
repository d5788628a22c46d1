"""Reads texts from tab-separated tables and vectors from raw files, and writes vectors."""

import gzip
from pathlib import Path

import numpy as np


def read_rows(path):
    """The rows of a .tsv or .tsv.gz without header, as lists of columns. Lines end at a line feed and nowhere else."""
    path = Path(path)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = content.decode("utf-8").split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.split("\t") for line in lines]


def read_labelled(path):
    """Labels and texts of a table: its first and its last column."""
    rows = read_rows(path)
    return [row[0] for row in rows], [row[-1] for row in rows]


def write_vectors(path, vectors):
    """Rows of little-endian f32, nothing before, between or after them."""
    np.ascontiguousarray(vectors, dtype="<f4").tofile(path)
