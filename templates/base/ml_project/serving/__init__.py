"""The HTTP service: numpy and ONNX Runtime only, never a training framework."""
