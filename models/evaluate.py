"""Prints how well clusters of an encoder's vectors agree with the labels of people.

    python evaluate.py --fixtures FOLDER [--teacher] [FILE.safetensors ...]

A set is measured three times, on 6,000 texts each (a seeded shuffle): of all its lines, of the even ones, by which
settings are chosen, and of the odd ones, which are only reported. A figure is the mean AMI of three seeds of Leiden.
`--f32` runs `accurate` on f32 activations, `--cosine` adds the mean cosine with the teacher's vectors.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from clustering import cluster
from encoders import Accurate, Fast
from tables import read_labelled
from teacher import Teacher
from weight_file import read_weights

SETS = {
    "BANKING77": "labelled/banking77.tsv.gz",
    "CLINC150": "labelled/clinc150.tsv.gz",
    "MetaTool A": "metatool/queries_a.tsv.gz",
}
SAMPLE = 6_000
SEEDS = (0, 1, 2)


def samples(count):
    """Rows of a set with `count` lines: of all, of the even and of the odd lines (lines count from 1)."""
    lines = np.arange(1, count + 1)
    parts = {"all": lines, "even": lines[lines % 2 == 0], "odd": lines[lines % 2 == 1]}
    return {name: np.sort(np.random.default_rng(1).permutation(part)[:SAMPLE]) - 1 for name, part in parts.items()}


def agreement(labels, vectors):
    """The mean AMI of the clusters with the labels. A text alone in its cluster is a group of one."""
    return np.mean([adjusted_mutual_info_score(labels, cluster(vectors, seed)) for seed in SEEDS])


def load(path, bits):
    """The encoder of a weight file; which kind it is, its tensors tell."""
    tensors, _ = read_weights(path)
    return Fast(path) if "token.codes" in tensors else Accurate(path, bits)


def evaluate(name, encoder, fixtures, teacher_vectors):
    """Prints a line for each set."""
    for set_name, file in SETS.items():
        labels, texts = (np.array(column) for column in read_labelled(Path(fixtures) / file))
        start = time.monotonic()
        vectors = encoder.encode(list(texts))
        seconds = time.monotonic() - start
        figures = [f"{part} {agreement(labels[rows], vectors[rows]):.4f}" for part, rows in samples(len(texts)).items()]
        if teacher_vectors is not None and vectors.shape[1] == teacher_vectors[set_name].shape[1]:
            figures.append(f"cosine {(vectors * teacher_vectors[set_name]).sum(1).mean():.4f}")
        print(f"{name:<28} {set_name:<11} AMI", *figures, f"({len(texts)} texts, {seconds:.1f} s)", flush=True)


def main():
    """Reads the arguments and evaluates what they name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", help="weight files")
    parser.add_argument("--fixtures", required=True, help="folder with labelled/ and metatool/")
    parser.add_argument("--teacher", action="store_true", help="evaluate the teacher, too")
    parser.add_argument("--f32", action="store_true", help="do not round activations")
    parser.add_argument("--cosine", action="store_true", help="compare with the teacher's vectors")
    arguments = parser.parse_args()
    teacher = Teacher()
    teacher_vectors = None
    if arguments.cosine:
        teacher_vectors = {
            name: teacher.encode(read_labelled(Path(arguments.fixtures) / file)[1]) for name, file in SETS.items()
        }
    if arguments.teacher:
        evaluate("teacher", teacher, arguments.fixtures, teacher_vectors)
    for path in arguments.files:
        encoder = load(path, None if arguments.f32 else 8)
        evaluate(Path(path).stem, encoder, arguments.fixtures, teacher_vectors)


if __name__ == "__main__":
    main()
