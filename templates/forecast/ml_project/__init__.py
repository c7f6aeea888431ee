"""Time series forecasting: from a CSV file to an exported ONNX model."""
