"""Tabular classification and regression: from a CSV file to an exported ONNX model."""
