"""Builds the ONNX graphs of a model: one, or for a network its encoder and a decoder's step."""

from __future__ import annotations

import io
import warnings
from typing import Any

import onnx
import torch
from torch import Tensor, nn

from ml_project.export.baselines import OPSET, baseline_graph
from ml_project.models.networks import Network
from ml_project.models.predictor import NetworkModel
from ml_project.models.store import Model
from ml_project.symbols import END, START
from ml_project.translators.graph import DECODER, MODEL

Axes = dict[str, dict[int, str]]
TEXTS = {0: "texts"}
STATES = ("state", "state_after")


def build_graphs(model: Model) -> dict[str, onnx.ModelProto]:
    """By the part that each computes."""
    if isinstance(model, NetworkModel):
        graphs = _network_graphs(model.predictor.eval().network)
    else:
        graphs = {MODEL: baseline_graph(model)}
    for graph in graphs.values():
        _strip(graph)
        onnx.checker.check_model(graph)
    return graphs


class Part(nn.Module):
    """One method of a network as a module of its own, which is what the exporter takes."""

    def __init__(self, network: Network, method: str) -> None:
        super().__init__()
        self.network = network
        self.method = method

    def forward(self, *given: Tensor) -> Any:
        return getattr(self.network, self.method)(*given)


def _network_graphs(network: Network) -> dict[str, onnx.ModelProto]:
    """The step is traced in the middle of an answer, where no length is 0 or 1 by chance."""
    source, token = torch.full((2, 5), END), torch.full((2,), START)
    with torch.no_grad():
        memory, state = network.encode(source)
        for _ in range(3):
            _, state = network.step(token, source, memory, state)
    axes: Axes = {
        "token": TEXTS,
        "source": {**TEXTS, 1: "source_symbols"},
        "memory": {**TEXTS, network.parts.memory_axis: "source_symbols"},
        "logs": TEXTS,
        **{name: {**TEXTS, **dict.fromkeys(network.parts.state_axes, name)} for name in STATES},
    }
    encoder = Part(network, "encode"), {"source": source}, ["memory", STATES[0]]
    given = {"token": token, "source": source, "memory": memory, STATES[0]: state}
    decoder = Part(network, "step"), given, ["logs", STATES[1]]
    return {MODEL: _export(*encoder, axes), DECODER: _export(*decoder, axes)}


def _export(module: nn.Module, given: dict[str, Tensor], made: list[str], axes: Axes) -> Any:
    """torch's older exporter: a fraction of the time of the newer one, which compiles first.
    The parity check at three shapes guards against shapes baked into the graph."""
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            tuple(given.values()),
            buffer,
            input_names=[*given],
            output_names=made,
            dynamic_axes={name: axes[name] for name in (*given, *made)},
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
