"""The arithmetic of a BERT encoder with mean pooling, for the teacher and for `accurate` alike.

Both are the same network, so that a difference between their vectors is a difference of weights (or of the
rounding of activations, which the Rust inference does and `activation_bits=8` imitates), never of code.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

LAYER_COUNT = 6
HEAD_COUNT = 12
NORM_EPSILON = 1e-12
LONGEST = 256
"""Tokens of a text that are read, [CLS] and [SEP] among them, as the teacher was trained."""

TOKENS_PER_BATCH = 2048


def encode(parameters, token_ids, activation_bits=None):
    """Unit vectors [texts, 384] of `token_ids`, a list of lists that have [CLS] and [SEP] already.

    Texts are sorted by length and padded to few lengths only: padding costs time, and each new shape a compilation.
    """
    vectors = np.zeros((len(token_ids), parameters["embedding_norm.weight"].shape[0]), np.float32)
    parameters = jax.tree.map(jnp.asarray, parameters)
    order = sorted(range(len(token_ids)), key=lambda text: len(token_ids[text]))
    start = 0
    while start < len(order):
        length = padded_length(len(token_ids[order[start]]))
        rows = max(8, TOKENS_PER_BATCH // length)
        batch = [text for text in order[start : start + rows] if len(token_ids[text]) <= length]
        ids = np.zeros((rows, length), np.int32)
        mask = np.zeros((rows, length), np.float32)
        mask[len(batch) :, 0] = 1.0  # the rows that fill the shape need something to average
        for row, text in enumerate(batch):
            ids[row, : len(token_ids[text])] = token_ids[text]
            mask[row, : len(token_ids[text])] = 1.0
        vectors[batch] = np.asarray(forward(parameters, ids, mask, activation_bits))[: len(batch)]
        start += len(batch)
    return vectors


def padded_length(length):
    """The smallest of the lengths that we compile for and that `length` tokens fit in."""
    step = 4 if length <= 32 else 16 if length <= 64 else 64
    return min(LONGEST, -(-length // step) * step)


@partial(jax.jit, static_argnames="activation_bits")
def forward(parameters, ids, mask, activation_bits=None):
    """Unit vectors [texts, 384] of padded `ids` [texts, tokens]; `mask` is 1 where there is a token."""
    hidden = hidden_states(parameters, ids, mask, activation_bits)
    pooled = (hidden * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return pooled / jnp.linalg.norm(pooled, axis=1, keepdims=True)


def hidden_states(parameters, ids, mask, activation_bits=None, observe=None):
    """The last layer's output [texts, tokens, 384]. `observe(layer, name, input)` sees what enters each product."""
    embedded = parameters["word"][ids] + parameters["position"][: ids.shape[1]]
    hidden = layer_norm(embedded, parameters["embedding_norm.weight"], parameters["embedding_norm.bias"])
    for number in range(LAYER_COUNT):
        layer = {name: parameters[f"layer.{number}.{name}"] for name in layer_parameter_names()}

        def product(name, given, layer=layer, number=number):
            if observe is not None:
                observe(number, name, given)
            return rounded(given, activation_bits) @ layer[f"{name}.weight"].T + layer[f"{name}.bias"]

        mixed = attention(product("query", hidden), product("key", hidden), product("value", hidden), mask)
        hidden = layer_norm(
            hidden + product("attention_output", mixed),
            layer["attention_norm.weight"],
            layer["attention_norm.bias"],
        )
        wide = jax.nn.gelu(product("intermediate", hidden), approximate=False)
        hidden = layer_norm(hidden + product("output", wide), layer["output_norm.weight"], layer["output_norm.bias"])
    return hidden


PRODUCTS = ("query", "key", "value", "attention_output", "intermediate", "output")
"""The six matrix products of a layer, in the order they run."""


def layer_parameter_names():
    """Names of a layer's parameters, without the `layer.n.` before them."""
    names = [f"{product}.{part}" for product in PRODUCTS for part in ("weight", "bias")]
    return names + [f"{norm}.{part}" for norm in ("attention_norm", "output_norm") for part in ("weight", "bias")]


def attention(query, key, value, mask):
    """Scaled dot-product attention over `HEAD_COUNT` heads, in f32, blind to padding."""
    texts, tokens, width = query.shape

    def heads(matrix):
        return matrix.reshape(texts, tokens, HEAD_COUNT, width // HEAD_COUNT)

    scores = jnp.einsum("bqhd,bkhd->bhqk", heads(query), heads(key)) / np.sqrt(width // HEAD_COUNT)
    weights = jax.nn.softmax(jnp.where(mask[:, None, None, :] > 0, scores, -1e9), axis=-1)
    return jnp.einsum("bhqk,bkhd->bqhd", weights, heads(value)).reshape(texts, tokens, width)


def layer_norm(given, weight, bias):
    """Each row shifted and scaled to mean 0 and variance 1, then by `weight` and `bias`."""
    mean = given.mean(-1, keepdims=True)
    variance = ((given - mean) ** 2).mean(-1, keepdims=True)
    return (given - mean) / jnp.sqrt(variance + NORM_EPSILON) * weight + bias


def rounded(given, bits):
    """`given` as it is after rounding to unsigned integers of `bits` with a scale and a zero point a row (a token).

    The range always holds 0, and its ends are the row's own. None leaves `given` as it is. A zero point keeps two
    thirds of the error away that a range around 0 makes (.0007 and .0024 of cosine): the outliers are one-sided.
    """
    if bits is None:
        return given
    top = 2**bits - 1
    low = jnp.minimum(given.min(-1, keepdims=True), 0.0)
    high = jnp.maximum(given.max(-1, keepdims=True), 0.0)
    scale = jnp.maximum(high - low, 1e-30) / top
    zero = jnp.round(-low / scale)
    return (jnp.clip(jnp.round(given / scale) + zero, 0, top) - zero) * scale
