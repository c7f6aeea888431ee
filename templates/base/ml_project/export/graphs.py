"""Builds ONNX graphs: input `x` [batch, …], output `probabilities` or `value`."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from ml_project.export.linear import LinearModule
from ml_project.export.trees import boosting, forest, link_nodes, tree_node
from ml_project.features import Features
from ml_project.models.estimators import EstimatorModel
from ml_project.models.predictor import NetworkModel

OPSETS = {"": 17, "ai.onnx.ml": 3}
IR_VERSION = 8
INPUT, ROWS, SEEN = "x", "rows", "seen_probabilities"


def build_graph(model: EstimatorModel | NetworkModel, features: Features) -> onnx.ModelProto:
    if isinstance(model, NetworkModel):
        classes = model.predictor.classes
        graph = _module(model.predictor, features, output_name(classes))
    else:
        seen = len(model.estimator.classes_) if model.classes else 0
        partial = 0 < seen < model.classes
        name = SEEN if partial else output_name(model.classes)
        if _has_trees(model):
            graph = _trees(model, features, name)
        else:
            graph = _module(LinearModule(model, features), features, name)
        if partial:
            _place_classes(graph, model)
    _strip(graph)
    onnx.checker.check_model(graph)
    return graph


def output_name(classes: int) -> str:
    return "probabilities" if classes else "value"


def _has_trees(model: EstimatorModel) -> bool:
    return any(hasattr(model.estimator, name) for name in ("estimators_", "_predictors"))


def _module(module: nn.Module, features: Features, name: str) -> onnx.ModelProto:
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
            output_names=[name],
            dynamic_axes={INPUT: {0: "batch"}, name: {0: "batch"}},
            opset_version=OPSETS[""],
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _trees(model: EstimatorModel, features: Features, name: str) -> onnx.ModelProto:
    stored: list[TensorProto] = []
    flat = [helper.make_node("Flatten", [INPUT], [ROWS])] if len(features.shape) > 1 else []
    given = ROWS if flat else INPUT
    if hasattr(model.estimator, "estimators_"):
        ensemble = forest(model.estimator, model.classes)
        nodes = [tree_node(ensemble, given, name)]
    else:
        ensemble = boosting(model.estimator)
        counts = getattr(model.estimator, "loss", "") == "poisson"
        raw = "raw" if model.classes or counts else name
        nodes = [tree_node(ensemble, given, raw)]
        if model.classes:
            links, stored = link_nodes(raw, name, ensemble.outputs)
            nodes += links
        if counts:
            nodes.append(helper.make_node("Exp", [raw], [name]))
    width = len(model.estimator.classes_) if model.classes else 1
    ends = _value(INPUT, *features.shape), _value(name, width)
    graph = helper.make_graph([*flat, *nodes], "trees", [ends[0]], [ends[1]], stored)
    opsets = [helper.make_opsetid(domain, number) for domain, number in OPSETS.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def _place_classes(graph: onnx.ModelProto, model: EstimatorModel) -> None:
    """Training may have seen fewer classes than the schema has: the others get zero."""
    seen = model.estimator.classes_
    places = np.zeros((len(seen), model.classes), dtype=np.float32)
    places[np.arange(len(seen)), seen] = 1.0
    name = output_name(model.classes)
    graph.graph.initializer.append(numpy_helper.from_array(places, "class_places"))
    graph.graph.node.append(helper.make_node("MatMul", [SEEN, "class_places"], [name]))
    del graph.graph.output[:]
    graph.graph.output.append(_value(name, model.classes))


def _value(name: str, *shape: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])


def _strip(graph: onnx.ModelProto) -> None:
    """Notes on where a node came from differ between machines and say nothing to a service."""
    graph.doc_string = ""
    del graph.metadata_props[:]
    for node in graph.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
