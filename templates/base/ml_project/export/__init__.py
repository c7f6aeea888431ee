"""From a run folder to an ONNX model that needs neither torch nor scikit-learn."""
