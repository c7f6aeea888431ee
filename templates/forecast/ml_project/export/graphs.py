"""Builds ONNX graphs: input `x` [batch, width], output `value` [batch, steps]."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from onnx import NodeProto, TensorProto, helper, numpy_helper
from torch import nn

from ml_project.export.linear import LinearModule
from ml_project.export.trees import boosting, tree_node
from ml_project.features import Features
from ml_project.layout import ANCHOR, SPREAD, Layout
from ml_project.models.boosting import BoostedSteps
from ml_project.models.estimators import EstimatorModel
from ml_project.models.predictor import NetworkModel

OPSETS = {"": 17, "ai.onnx.ml": 3}
IR_VERSION = 8
INPUT, OUTPUT = "x", "value"


def build_graph(model: EstimatorModel | NetworkModel, features: Features) -> onnx.ModelProto:
    if isinstance(model, NetworkModel):
        graph = _module(model.predictor, features)
    elif isinstance(model.estimator, BoostedSteps):
        graph = _trees(model.estimator)
    else:
        graph = _module(LinearModule(model.estimator), features)
    _strip(graph)
    onnx.checker.check_model(graph)
    return graph


def _module(module: nn.Module, features: Features) -> onnx.ModelProto:
    """torch's older exporter: a twentieth of the time of the newer one, which compiles first.
    The parity check at three batch sizes guards against shapes baked into the graph."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (torch.zeros(2, *features.shape),),
            buffer,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}},
            opset_version=OPSETS[""],
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _trees(fitted: BoostedSteps) -> onnx.ModelProto:
    """Each step becomes a row for the trees, whose answers are laid side by side again."""
    layout, columns = fitted.layout, fitted.columns
    constants = {
        "columns": columns.ravel(),
        "rows": np.array([-1, columns.shape[1]]),
        "steps": np.array([-1, layout.horizon]),
        "anchor_column": np.array([ANCHOR]),
        "spread_column": np.array([SPREAD]),
    }
    nodes: list[NodeProto] = [
        helper.make_node("Gather", [INPUT, "columns"], ["gathered"], axis=1),
        helper.make_node("Reshape", ["gathered", "rows"], ["step_rows"]),
        tree_node(boosting(fitted.trees), "step_rows", "answers"),
        helper.make_node("Reshape", ["answers", "steps"], ["ahead"]),
        helper.make_node("Gather", [INPUT, "anchor_column"], ["anchor"], axis=1),
        helper.make_node("Gather", [INPUT, "spread_column"], ["spread"], axis=1),
        helper.make_node("Mul", ["spread", "ahead"], ["distance"]),
        helper.make_node("Add", ["anchor", "distance"], [OUTPUT]),
    ]
    stored = [numpy_helper.from_array(v.astype(np.int64), k) for k, v in constants.items()]
    return _model(nodes, layout, stored)


def _model(nodes: list[NodeProto], layout: Layout, stored: list[TensorProto]) -> onnx.ModelProto:
    ends = _value(INPUT, layout.width), _value(OUTPUT, layout.horizon)
    graph = helper.make_graph(nodes, "trees", [ends[0]], [ends[1]], stored)
    opsets = [helper.make_opsetid(domain, number) for domain, number in OPSETS.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def _value(name: str, *shape: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])


def _strip(graph: onnx.ModelProto) -> None:
    """Notes on where a node came from differ between machines and say nothing to a service."""
    graph.doc_string = ""
    del graph.metadata_props[:]
    for node in graph.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
