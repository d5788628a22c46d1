"""Reads and writes weight files: safetensors, the same bytes for the same tensors.

The library's own writer puts the metadata in an order that changes from run to run, so that no checksum would hold.
"""

import json
import struct
from pathlib import Path

import numpy as np
from safetensors import safe_open

KINDS = {np.dtype("<f4"): "F32", np.dtype("i1"): "I8", np.dtype("u1"): "U8"}


def read_weights(path):
    """The tensors of a weight file and what it says of itself."""
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def write_weights(path, tensors, metadata):
    """Writes a weight file and says how big it is. The f32 come first, so that each of them lies at a multiple of 4."""
    path = Path(path)
    arrays = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    header, contents, end = {"__metadata__": dict(sorted(metadata.items()))}, [], 0
    for name in sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)):
        content = arrays[name].tobytes()
        header[name] = {
            "dtype": KINDS[arrays[name].dtype],
            "shape": list(arrays[name].shape),
            "data_offsets": [end, end + len(content)],
        }
        end += len(content)
        contents.append(content)
    encoded = json.dumps(header, separators=(",", ":")).encode("utf-8")
    encoded += b" " * (-len(encoded) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + b"".join(contents))
    print(f"{path}: {path.stat().st_size / 2**20:.2f} MiB")
