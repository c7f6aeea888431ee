"""Builds ONNX graphs: input `x` [batch, features], output `probabilities` or `value`."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from tabular_project.models.estimators import EstimatorModel
from tabular_project.models.predictor import NetworkModel

OPSET = 17
INPUT = "x"


def build_graph(model: EstimatorModel | NetworkModel, features: int) -> onnx.ModelProto:
    if isinstance(model, NetworkModel):
        graph = _network(model, features)
    elif hasattr(model.estimator, "strategy"):
        graph = _constant(model, features)
    else:
        graph = _estimator(model, features)
    _strip(graph)
    onnx.checker.check_model(graph)
    return graph


def output_name(classes: int) -> str:
    return "probabilities" if classes else "value"


def _network(model: NetworkModel, features: int) -> onnx.ModelProto:
    """torch's older exporter: a twentieth of the time of the newer one, which compiles first.
    The parity check at three batch sizes guards against shapes baked into the graph."""
    name = output_name(model.predictor.classes)
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.predictor.eval(),
            (torch.zeros(2, features),),
            buffer,
            input_names=[INPUT],
            output_names=[name],
            dynamic_axes={INPUT: {0: "batch"}, name: {0: "batch"}},
            opset_version=OPSET,
            dynamo=False,
        )
    return onnx.load_from_string(buffer.getvalue())


def _constant(model: EstimatorModel, features: int) -> onnx.ModelProto:
    """A baseline ignores its input: x · 0 + answer."""
    answer = model.predict(np.zeros((1, features), dtype=np.float32))
    name = output_name(model.classes)
    weights = np.zeros((features, answer.shape[1]), dtype=np.float32)
    node = helper.make_node("Gemm", [INPUT, "zeros", "answer"], [name])
    stored = [
        numpy_helper.from_array(weights, "zeros"),
        numpy_helper.from_array(answer[0], "answer"),
    ]
    ends = [_value(INPUT, features), _value(name, answer.shape[1])]
    graph = helper.make_graph([node], "baseline", ends[:1], ends[1:], stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def _estimator(model: EstimatorModel, features: int) -> onnx.ModelProto:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    options = {"zipmap": False} if model.classes else None
    graph = to_onnx(
        model.estimator,
        initial_types=[(INPUT, FloatTensorType([None, features]))],
        options=options,
        target_opset={"": OPSET, "ai.onnx.ml": 3},
    )
    if model.classes:
        _place_classes(graph, model)
    else:
        _rename_output(graph, graph.graph.output[0].name, 1)
    return graph


def _place_classes(graph: onnx.ModelProto, model: EstimatorModel) -> None:
    """Keeps only the probabilities, one column for each class of the schema: training may have
    seen fewer."""
    seen = model.estimator.classes_
    places = np.zeros((len(seen), model.classes), dtype=np.float32)
    places[np.arange(len(seen)), seen] = 1.0
    before = graph.graph.output[1].name
    name = output_name(model.classes)
    if before == name:
        _rename(graph, name, before := "seen_probabilities")
    graph.graph.initializer.append(numpy_helper.from_array(places, "class_places"))
    graph.graph.node.append(helper.make_node("MatMul", [before, "class_places"], [name]))
    del graph.graph.output[:]
    graph.graph.output.append(_value(name, model.classes))


def _rename_output(graph: onnx.ModelProto, before: str, width: int) -> None:
    name = output_name(0)
    if before != name:
        _rename(graph, before, name)
    del graph.graph.output[:]
    graph.graph.output.append(_value(name, width))


def _rename(graph: onnx.ModelProto, before: str, after: str) -> None:
    for node in graph.graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == before:
                    names[i] = after


def _value(name: str, width: int) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", width])


def _strip(graph: onnx.ModelProto) -> None:
    """Notes on where a node came from differ between machines and say nothing to a service."""
    graph.doc_string = ""
    del graph.metadata_props[:]
    for node in graph.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
