"""Writes the teacher's vectors of a table's texts, for benches that compare an encoder with its teacher.

    python teacher_vectors.py TABLE.tsv[.gz] OUT.f32

The text is the last column. OUT has a row of 384 little-endian f32 a text, of length 1, in the table's order.
"""

import sys
import time

from tables import read_rows, write_vectors
from teacher import Teacher


def main(table, out):
    """Reads `table`, encodes its last column and writes `out`."""
    texts = [row[-1] for row in read_rows(table)]
    start = time.monotonic()
    vectors = Teacher().encode(texts)
    write_vectors(out, vectors)
    print(f"{len(texts)} texts, {time.monotonic() - start:.1f} s -> {out}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
