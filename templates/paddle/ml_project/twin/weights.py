"""Weights of a PyTorch network in its Paddle twin and back. Names are the same in both."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import torch
from numpy.typing import NDArray
from paddle import nn


def take_weights(twin: nn.Layer, source: torch.nn.Module) -> None:
    """Copies all weights and buffers of `source`."""
    turned = _turned(twin)
    given = source.state_dict().items()
    state = {name: _array(value.detach().cpu().numpy(), name in turned) for name, value in given}
    set_weights(twin, state)


def set_weights(twin: nn.Layer, state: dict[str, NDArray[Any]]) -> None:
    own = tensors_of(twin)
    if state.keys() != own.keys():
        odd = ", ".join(sorted(state.keys() ^ own.keys()))
        raise ValueError(f"only one of the twins has: {odd}")
    for name, value in state.items():
        own[name].set_value(value)


def give_weights(twin: nn.Layer, target: torch.nn.Module) -> None:
    """Copies all weights and buffers to `target`."""
    turned = _turned(twin)
    state: dict[str, torch.Tensor] = {}
    for name, tensor in tensors_of(twin).items():
        state[name] = torch.from_numpy(_array(tensor.numpy(), name in turned))
    target.load_state_dict(state)


def _array(value: NDArray[Any], turned: bool) -> NDArray[Any]:
    return np.array(value.T if turned else value, order="C")


def tensors_of(twin: nn.Layer) -> dict[str, paddle.Tensor]:
    """Of the state, each tensor under one name: `state_dict` knows those of a GRU by two."""
    named = {**dict(twin.named_parameters()), **dict(twin.named_buffers())}
    return {name: named[name] for name in twin.state_dict() if name in named}


def _turned(twin: nn.Layer) -> set[str]:
    """Paddle keeps the weights of a linear layer as [inputs, outputs], PyTorch the other way."""
    layers = twin.named_sublayers()
    return {f"{name}.weight" for name, layer in layers if isinstance(layer, nn.Linear)}
