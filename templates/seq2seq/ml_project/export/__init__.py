"""From a run folder to ONNX graphs that need no torch."""
