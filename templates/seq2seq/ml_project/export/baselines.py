"""Baselines as ONNX graphs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from ml_project.models.baselines import BaselineModel
from ml_project.translators.graph import Array

OPSET = 17
IR_VERSION = 8
TEXTS = "texts"


def baseline_graph(model: BaselineModel) -> onnx.ModelProto:
    return BUILD[model.kind](model.arrays)


def copy_graph(_: dict[str, Array]) -> onnx.ModelProto:
    node = helper.make_node("Identity", ["texts"], ["answers"])
    ends = [_value(name, TensorProto.STRING, TEXTS) for name in ("texts", "answers")]
    return _model([node], ends[:1], ends[1:], {})


def nearest_graph(arrays: dict[str, Array]) -> onnx.ModelProto:
    """Adds up, for each text and each training text, the products of the weights of the terms
    that both have; `entries` are places in the lists of rows and weights."""
    nodes = [
        helper.make_node("Gather", ["all_weights", "entries"], ["entry_weights"]),
        helper.make_node("Mul", ["entry_weights", "weights"], ["products"]),
        helper.make_node("Gather", ["all_rows", "entries"], ["rows"]),
        helper.make_node("Unsqueeze", ["texts", "last"], ["text_places"]),
        helper.make_node("Unsqueeze", ["rows", "last"], ["row_places"]),
        helper.make_node("Concat", ["text_places", "row_places"], ["places"], axis=1),
        helper.make_node("Concat", ["count", "size"], ["shape"], axis=0),
        helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        helper.make_node("ScatterND", ["zeros", "places", "products"], ["scores"], reduction="add"),
        helper.make_node("ArgMax", ["scores"], ["nearest"], axis=1, keepdims=0),
        helper.make_node("ReduceMax", ["scores"], ["score"], axes=[1], keepdims=0),
    ]
    stored = {
        "all_weights": arrays["weights"],
        "all_rows": arrays["rows"].astype(np.int64),
        "size": arrays["size"].astype(np.int64),
        "last": np.array([1], dtype=np.int64),
    }
    floats, whole = TensorProto.FLOAT, TensorProto.INT64
    inputs = [_value("entries", whole, "entries"), _value("texts", whole, "entries")]
    inputs += [_value("weights", floats, "entries"), _value("count", whole, 1)]
    outputs = [_value("nearest", whole, TEXTS), _value("score", floats, TEXTS)]
    return _model(nodes, inputs, outputs, stored)


def phrase_graph(arrays: dict[str, Array]) -> onnx.ModelProto:
    """Log-probabilities of grams: that of the part which was seen, less what was not."""
    nodes = [
        helper.make_node("Gather", ["all_logs", "found"], ["seen"]),
        helper.make_node("Gather", ["all_costs", "missed"], ["paid"]),
        helper.make_node("ReduceSum", ["paid", "last"], ["cost"], keepdims=0),
        helper.make_node("Add", ["seen", "cost"], ["logs"]),
    ]
    last = np.array([1], dtype=np.int64)
    stored = {"all_logs": arrays["logs"], "all_costs": arrays["costs"], "last": last}
    whole = TensorProto.INT64
    inputs = [_value("found", whole, "grams"), _value("missed", whole, "grams", "shorter")]
    return _model(nodes, inputs, [_value("logs", TensorProto.FLOAT, "grams")], stored)


def _value(name: str, kind: int, *shape: str | int) -> Any:
    return helper.make_tensor_value_info(name, kind, shape)


def _model(
    nodes: list[NodeProto], inputs: list[Any], outputs: list[Any], stored: dict[str, Array]
) -> onnx.ModelProto:
    tensors = [numpy_helper.from_array(array, name) for name, array in stored.items()]
    graph = helper.make_graph(nodes, "baseline", inputs, outputs, tensors)
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


BUILD: dict[str, Callable[[dict[str, Array]], onnx.ModelProto]] = {
    "copy": copy_graph,
    "nearest": nearest_graph,
    "phrase": phrase_graph,
}
