"""Makes `fast`: a static vector a token, trained so that the mean of a text's tokens meets the teacher's vector.

    python make_fast.py [--corpus FOLDER] [--out FILE] [--cache FOLDER]

`--cache` keeps the teacher's vectors of the training texts, which take most of the time, for the next run.
"""

import argparse
import hashlib
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from corpus import DEFAULT_FOLDER, read_requests, read_summaries
from generated import generate
from make_accurate import WEIGHTS_FOLDER, kept_rows, quantised
from teacher import Teacher
from vocabulary import SPECIALS, UNKNOWN, pack, prune, word_weights, wordpiece
from weight_file import write_weights

NAME = "static-256-1"
VOCABULARY_SIZE = 27_500
WIDTH = 256
SIF = 1e-3
"""The a of a / (a + p(token)), the smooth inverse frequency weight (Arora et al. 2017) that training starts from."""

SUMMARIES = 40_000
GENERATED = 60_000
"""Without the generated texts, more training means worse clusters: the words of the corpus learn to tell packages
apart, and the others stay behind."""

REPEATS = {"Taskmaster": 1, "gorilla APIBench": 2, "gorilla BFCL": 2, "ToolAlpaca": 4}
"""How often an epoch sees the requests of a source, so that its breadth and not its size counts."""

BATCH = 512
EPOCHS = 6
RATE = 1e-3
SIMILARITY_WEIGHT = 10.0
KEPT = 0.6
"""How much of what training changed is kept. A mean of the weights before and after it fits better what neither the
corpus nor the generated texts are like (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models")."""

SEED = 1


def training_texts(corpus, tokens, frequencies):
    """The texts to train on, requests, summaries and generated ones, and how often an epoch sees each."""
    texts, repeats = [], []
    for source, requests in read_requests(corpus).items():
        texts += requests
        repeats += [REPEATS[source]] * len(requests)
    once = read_summaries(corpus, SUMMARIES) + generate(tokens, frequencies, GENERATED)
    return texts + once, np.array(repeats + [1] * len(once))


def teacher_vectors(teacher, texts, cache):
    """The teacher's vectors of `texts` in f16, from `cache` if they are there."""
    if cache is None:
        return teacher.encode(texts).astype(np.float16)
    path = Path(cache) / (hashlib.sha256("\n".join(texts).encode("utf-8")).hexdigest()[:16] + ".npy")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, teacher.encode(texts).astype(np.float16))
    return np.load(path)


def initial_parameters(words, frequencies):
    """Token vectors [tokens, WIDTH] and the map [WIDTH, 384]: a weighted PCA of the word vectors, times SIF weights.

    The specials have a vector of zeros and occur in no text.
    """
    share = frequencies / frequencies.sum()
    weights = np.sqrt(share)[:, None].astype(np.float32)
    centred = words - share.astype(np.float32) @ words
    _, _, directions = np.linalg.svd(centred * weights, full_matrices=False)
    sif = (SIF / (SIF + share))[:, None].astype(np.float32)
    table = centred @ directions[:WIDTH].T * sif
    table[: len(SPECIALS)] = 0.0
    table /= np.linalg.norm(table, axis=1).mean()
    return table.astype(np.float32), directions[:WIDTH].astype(np.float32)


def token_lists(tokenizer, texts):
    """The ids of each text's known tokens."""
    return [[token for token in encoding.ids if token != UNKNOWN] for encoding in tokenizer.encode_batch(texts)]


def mean_matrix(token_ids, size):
    """A sparse matrix [texts, size] whose product with a table of token vectors is the texts' means."""
    lengths = np.array([len(ids) for ids in token_ids])
    columns = np.fromiter((token for ids in token_ids for token in ids), np.int32, lengths.sum())
    values = np.repeat(1.0 / np.maximum(lengths, 1), lengths).astype(np.float32)
    matrix = csr_matrix((values, columns, np.concatenate([[0], lengths.cumsum()])), (len(token_ids), size))
    matrix.sum_duplicates()
    return matrix


def loss_and_gradient(means, mapping, wanted):
    """The loss of a batch, and its gradients by the texts' mean vectors and by the map.

    The loss is 1 - cosine with the teacher's vectors, and the squared error of the similarities within the batch.
    """
    count = len(means)
    mapped = means @ mapping
    norms = np.sqrt((mapped**2).sum(1, keepdims=True) + 1e-12)
    vectors = mapped / norms
    error = vectors @ vectors.T - wanted @ wanted.T
    loss = 1.0 - (vectors * wanted).sum() / count + SIMILARITY_WEIGHT * (error**2).mean()
    by_vectors = (4.0 * SIMILARITY_WEIGHT / count**2) * (error @ vectors) - wanted / count
    by_mapped = (by_vectors - vectors * (vectors * by_vectors).sum(1, keepdims=True)) / norms
    return loss, by_mapped @ mapping.T, means.T @ by_mapped


class Adam:
    """Adam (Kingma and Ba 2015) with its usual constants, for one array. Rows that a batch does not touch stay as
    they are, moments too: a token's vector should not drift while the token is not seen, and it is ten times faster."""

    def __init__(self, array):
        self.array = array
        self.first = np.zeros_like(array)
        self.second = np.zeros_like(array)

    def step(self, rows, gradient, rate, number):
        """Moves `rows` against their `gradient`; `number` counts the steps from 1."""
        self.first[rows] = first = 0.9 * self.first[rows] + 0.1 * gradient
        self.second[rows] = second = 0.999 * self.second[rows] + 0.001 * gradient**2
        rate *= np.sqrt(1 - 0.999**number) / (1 - 0.9**number)
        self.array[rows] -= rate * first / (np.sqrt(second) + 1e-8)


def train(table, mapping, means, wanted, repeats, epochs=EPOCHS):
    """Trains `table` and `mapping` in place, in passes over the texts in ever new order, while the rate falls to 0.

    `means` is what `mean_matrix` gives, `wanted` the teacher's vectors, `repeats` how often an epoch sees each text.
    """
    shuffler = np.random.default_rng(SEED)
    epoch_rows = np.repeat(np.arange(means.shape[0]), repeats)
    steps = len(epoch_rows) // BATCH
    table_adam, mapping_adam = Adam(table), Adam(mapping)
    number = 0
    for epoch in range(epochs):
        order = shuffler.permutation(epoch_rows)
        sum_of_losses = 0.0
        for start in range(0, steps * BATCH, BATCH):
            rows = order[start : start + BATCH]
            batch = means[rows]
            tokens, columns = np.unique(batch.indices, return_inverse=True)
            batch = csr_matrix((batch.data, columns, batch.indptr), (BATCH, len(tokens)))
            loss, by_means, by_mapping = loss_and_gradient(
                batch @ table[tokens], mapping, wanted[rows].astype(np.float32)
            )
            rate = RATE * (1 - number / (steps * epochs))
            number += 1
            table_adam.step(tokens, batch.T @ by_means, rate, number)
            mapping_adam.step(slice(None), by_mapping, rate, number)
            sum_of_losses += loss
        print(f"epoch {epoch + 1}: loss {sum_of_losses / steps:.4f}", flush=True)


def absorb(table, mapping):
    """Token vectors whose sums have the same cosines without the map.

    With map = U · S · Vᵀ (and V orthonormal), a text x has the vector x · U · S · Vᵀ, and Vᵀ changes no cosine.
    """
    left, singular, _ = np.linalg.svd(mapping, full_matrices=False)
    return table @ (left * singular)


def make(corpus, out, cache):
    """Trains on the texts in the folder `corpus` and writes the weight file `out`."""
    teacher = Teacher()
    words = word_weights(corpus)
    tokens, frequencies = prune(teacher.vocabulary(), words, VOCABULARY_SIZE)
    texts, repeats = training_texts(corpus, tokens, frequencies)
    wanted = teacher_vectors(teacher, texts, cache)
    means = mean_matrix(token_lists(wordpiece(tokens), texts), len(tokens))
    initial = initial_parameters(kept_rows(teacher, tokens), frequencies)
    table, mapping = (array.copy() for array in initial)
    # One thread: the products are small, and the sums do not depend on the machine.
    with threadpool_limits(1):
        train(table, mapping, means, wanted, repeats)
    table, mapping = (KEPT * after + (1 - KEPT) * before for before, after in zip(initial, (table, mapping), strict=True))
    table = absorb(table, mapping)
    table[: len(SPECIALS)] = 0.0
    metadata = {"name": NAME, "teacher": "sentence-transformers/all-MiniLM-L6-v2", "licence": "Apache-2.0"}
    write_weights(out, {"vocabulary": pack(tokens)} | quantised("token", table), metadata)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default=DEFAULT_FOLDER, help="folder with the corpus")
    parser.add_argument("--out", default=WEIGHTS_FOLDER / "fast.safetensors")
    parser.add_argument("--cache", help="folder to keep the teacher's vectors in")
    arguments = parser.parse_args()
    make(arguments.corpus, arguments.out, arguments.cache)
