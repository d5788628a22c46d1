"""Makes `accurate`: the whole teacher, with fewer word vectors of lower rank and every matrix in bytes. No training.

    python make_accurate.py [--corpus FOLDER] [--out FILE]
"""

import argparse
from pathlib import Path

import numpy as np

from corpus import DEFAULT_FOLDER
from quantise import quantise
from teacher import Teacher
from transformer import HEAD_COUNT, LAYER_COUNT, LONGEST, NORM_EPSILON, PRODUCTS
from vocabulary import pack, prune, word_weights
from weight_file import write_weights

NAME = "minilm-l6-20k-1"
VOCABULARY_SIZE = 20_000
RANK = 256
FREQUENCY_EXPONENT = 0.35
"""How much more an error in a frequent word's vector weighs: frequency to this power (0 costs .06 of cosine)."""

WEIGHTS_FOLDER = Path(__file__).parent.parent / "crates" / "model" / "weights"


def make(corpus, out):
    """Writes the weight file `out`, its vocabulary counted on the texts in the folder `corpus`."""
    teacher = Teacher()
    tokens, frequencies = prune(teacher.vocabulary(), word_weights(corpus), VOCABULARY_SIZE)
    tensors = {"vocabulary": pack(tokens)}
    tensors |= word_tensors(kept_rows(teacher, tokens), frequencies)
    tensors |= quantised("position", teacher.parameters["position"])
    for part in ("weight", "bias"):
        tensors[f"embedding_norm.{part}"] = teacher.parameters[f"embedding_norm.{part}"]
    for number in range(LAYER_COUNT):
        tensors |= layer_tensors(teacher.parameters, f"layer.{number}")
    metadata = {
        "name": NAME,
        "teacher": "sentence-transformers/all-MiniLM-L6-v2",
        "licence": "Apache-2.0",
        "heads": str(HEAD_COUNT),
        "norm_epsilon": str(NORM_EPSILON),
        "longest": str(LONGEST),
    }
    write_weights(out, tensors, metadata)


def kept_rows(teacher, tokens):
    """The teacher's word vectors of `tokens`, in their order."""
    ids = {token: number for number, token in enumerate(teacher.vocabulary())}
    return teacher.parameters["word"][[ids[token] for token in tokens]]


def word_tensors(words, frequencies):
    """Word vectors as codes over a basis: the singular vectors of the words, weighted by their frequencies."""
    weights = (frequencies**FREQUENCY_EXPONENT).astype(np.float32)
    _, _, directions = np.linalg.svd(words * weights[:, None], full_matrices=False)
    basis = directions[:RANK].T
    return quantised("word", words @ basis) | quantised("word.basis", basis)


def layer_tensors(parameters, layer):
    """A layer's six matrices in bytes; biases and norms stay f32."""
    tensors = {}
    for product in PRODUCTS:
        tensors |= quantised(f"{layer}.{product}", parameters[f"{layer}.{product}.weight"])
        tensors[f"{layer}.{product}.bias"] = parameters[f"{layer}.{product}.bias"]
    for norm in ("attention_norm", "output_norm"):
        for part in ("weight", "bias"):
            tensors[f"{layer}.{norm}.{part}"] = parameters[f"{layer}.{norm}.{part}"]
    return tensors


def quantised(name, matrix):
    """The two tensors that stand for `matrix`."""
    codes, scales = quantise(matrix)
    return {f"{name}.codes": codes, f"{name}.scales": scales}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default=DEFAULT_FOLDER, help="folder with the corpus")
    parser.add_argument("--out", default=WEIGHTS_FOLDER / "accurate.safetensors")
    arguments = parser.parse_args()
    make(arguments.corpus, arguments.out)
