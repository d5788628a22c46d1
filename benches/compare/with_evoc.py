#!/usr/bin/env python3
"""Clusters files of vectors with EVoC and prints seconds, groups and, where there are labels, AMI.

    pip install evoc
    python3 benches/compare/with_evoc.py banking77.f32 clinc150.f32 --width 384

A file holds 32-bit floats, the smallest byte first, row after row. Labels stand beside it in a file of the same name that ends in
.tsv, one `label<TAB>text` a line, in the same order. The same files go through `cluster` with the command `quality` of the benches;
run both one after the other on an idle machine. A first run on noise compiles EVoC's functions, so that no file pays for
that. Points that EVoC calls noise count as groups of one, as they do for `cluster`.
"""

import argparse
import pathlib
import statistics
import time

import evoc
import numpy as np
from sklearn.metrics import adjusted_mutual_info_score


def clustered(vectors):
    begin = time.perf_counter()
    groups = evoc.EVoC(random_state=42).fit_predict(vectors)
    return groups, time.perf_counter() - begin


def each_alone(groups):
    groups = groups.astype(np.int64)
    alone = groups < 0
    groups[alone] = groups.max(initial=-1) + 1 + np.arange(alone.sum())
    return groups


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--width", type=int, default=384, help="numbers a row")
    parser.add_argument("--most", type=int, help="first rows of each file only")
    parser.add_argument("--rounds", type=int, default=3, help="runs a file; the median is printed")
    options = parser.parse_args()

    noise = np.random.default_rng(1).normal(size=(2000, options.width)).astype(np.float32)
    clustered(noise / np.linalg.norm(noise, axis=1, keepdims=True))

    for file in options.files:
        vectors = np.fromfile(file, dtype="<f4").reshape(-1, options.width)[: options.most]
        runs = [clustered(vectors) for _ in range(options.rounds)]
        groups = runs[0][0]
        line = f"{file.stem}: {len(vectors)} rows, {groups.max() + 1} groups, {(groups < 0).sum()} alone"
        labels = file.with_suffix(".tsv")
        if labels.exists():
            labels = [line.split("\t")[0] for line in labels.read_text("utf-8").splitlines()]
            score = adjusted_mutual_info_score(labels[: len(vectors)], each_alone(groups))
            line += f", AMI {score:.3f}"
        print(f"{line}, {statistics.median(seconds for _, seconds in runs):.2f} s", flush=True)


if __name__ == "__main__":
    main()
