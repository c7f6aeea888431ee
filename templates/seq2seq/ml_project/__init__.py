"""Sequence to sequence: from pairs of texts to an exported ONNX model that translates."""
