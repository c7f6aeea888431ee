"""How texts become texts, given what computes the numbers: torch, numpy or ONNX Runtime.

numpy and the standard library only: training and the service run the same code.
"""
