"""Builds the ONNX graph of an embedder: input `x` [batch, channels, size, size], output
`embedding` [batch, width] of length 1. The people of the training set are not in it."""

from __future__ import annotations

import io
import warnings

import onnx
import torch
from torch import nn

from ml_project.export.linear import LinearModule
from ml_project.features import Features
from ml_project.models.estimators import EstimatorModel
from ml_project.models.predictor import NetworkModel

OPSET = 17
INPUT, OUTPUT = "x", "embedding"


def build_graph(model: EstimatorModel | NetworkModel, features: Features) -> onnx.ModelProto:
    module = (
        model.predictor.network.embedder if isinstance(model, NetworkModel) else LinearModule(model)
    )
    graph = _exported(module, features)
    _strip(graph)
    onnx.checker.check_model(graph)
    return graph


def _exported(module: nn.Module, features: Features) -> onnx.ModelProto:
    """torch's older exporter: a twentieth of the time of the newer one, which compiles first.
    The parity check at three batch sizes guards against shapes baked into the graph."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (torch.randn(2, *features.shape),),
            buffer,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _strip(graph: onnx.ModelProto) -> None:
    """Notes on where a node came from differ between machines and say nothing to a service."""
    graph.doc_string = ""
    del graph.metadata_props[:]
    for node in graph.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
