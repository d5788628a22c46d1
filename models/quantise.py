"""Matrices of signed bytes with one f32 scale a row."""

import numpy as np

TOP = 127


def quantise(matrix):
    """Codes [rows, columns] from -127 to 127 and scales [rows], so that a row is about codes · scale. Rows of zeros stay zeros."""
    largest = np.abs(matrix).max(axis=1)
    scales = (np.where(largest > 0, largest, 1.0) / TOP).astype(np.float32)
    codes = np.rint(matrix / scales[:, None])
    return np.clip(codes, -TOP, TOP).astype(np.int8), scales


def dequantise(codes, scales):
    """The f32 matrix that codes and scales stand for."""
    return codes.astype(np.float32) * scales[:, None]
