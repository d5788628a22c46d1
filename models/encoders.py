"""Encodes texts with the shipped weight files as the Rust inference does, from the same bytes."""

import numpy as np

from quantise import dequantise
from transformer import LAYER_COUNT, LONGEST, PRODUCTS, encode
from vocabulary import BEGIN, END, unpack, wordpiece
from weight_file import read_weights


class Accurate:
    """The teacher made small. With `activation_bits=None` the products run on f32 activations."""

    def __init__(self, path, activation_bits=8):
        self.tensors, self.metadata = read_weights(path)
        self.tokenizer = wordpiece(unpack(self.tensors["vocabulary"]))
        self.activation_bits = activation_bits
        self.parameters = dense_parameters(self.tensors)

    def encode(self, texts):
        """Unit vectors [texts, 384]."""
        pieces = [encoding.ids[: LONGEST - 2] for encoding in self.tokenizer.encode_batch(texts)]
        return encode(self.parameters, [[BEGIN, *ids, END] for ids in pieces], self.activation_bits)


class Fast:
    """Static vectors: a text is the sum of its tokens' vectors, made as long as 1."""

    def __init__(self, path):
        self.tensors, self.metadata = read_weights(path)
        self.tokenizer = wordpiece(unpack(self.tensors["vocabulary"]))
        self.table = dequantise(self.tensors["token.codes"], self.tensors["token.scales"])

    def encode(self, texts):
        """Unit vectors [texts, 256]; a text of unknown tokens only has the zero vector."""
        return sum_tokens(self.table, [encoding.ids for encoding in self.tokenizer.encode_batch(texts)])


def sum_tokens(table, token_ids):
    """The normalised sums [texts, width] of the rows of `table` that each list of ids names."""
    vectors = np.zeros((len(token_ids), table.shape[1]), np.float32)
    for text, ids in enumerate(token_ids):
        if ids:
            vectors[text] = table[ids].sum(0)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(norms > 0, norms, 1.0)


def dense_parameters(tensors):
    """The f32 parameters, as `transformer.hidden_states` wants them, that the file's codes stand for."""

    def matrix(name):
        return dequantise(tensors[f"{name}.codes"], tensors[f"{name}.scales"])

    parameters = {
        "word": matrix("word") @ matrix("word.basis").T,
        "position": matrix("position"),
        "embedding_norm.weight": tensors["embedding_norm.weight"],
        "embedding_norm.bias": tensors["embedding_norm.bias"],
    }
    for number in range(LAYER_COUNT):
        for product in PRODUCTS:
            name = f"layer.{number}.{product}"
            parameters[f"{name}.weight"] = matrix(name)
            parameters[f"{name}.bias"] = tensors[f"{name}.bias"]
        for norm in ("attention_norm", "output_norm"):
            for part in ("weight", "bias"):
                name = f"layer.{number}.{norm}.{part}"
                parameters[name] = tensors[name]
    return parameters
