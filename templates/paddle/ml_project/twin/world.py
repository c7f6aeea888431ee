"""The twin of training/world.py: one process, or several started by `paddle.distributed.launch`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import paddle
import torch
from paddle import distributed, nn

from ml_project.errors import UsageError
from ml_project.training.plan import Plan
from ml_project.training.world import World


@dataclass(frozen=True)
class TwinWorld(World):
    def agree(self, value: float) -> float:
        """The main process's number, so that all stop at the same epoch."""
        if self.size == 1:
            return value
        shared = paddle.to_tensor([value], dtype="float64")
        distributed.broadcast(shared, src=0)
        return float(shared)


@contextmanager
def join_twin_world(device: str) -> Iterator[TwinWorld]:
    on_cuda = device.startswith("cuda")
    if on_cuda and not paddle.is_compiled_with_cuda():
        raise UsageError("device cuda was asked for, but this PaddlePaddle knows only the CPU")
    size = int(os.environ.get("PADDLE_TRAINERS_NUM", "1"))
    local = int(os.environ.get("PADDLE_LOCAL_RANK", "0"))
    paddle.set_device(f"gpu:{local}" if on_cuda else "cpu")
    if size == 1:
        yield TwinWorld(0, 1, torch.device(device))
        return
    distributed.init_parallel_env()
    yield TwinWorld(distributed.get_rank(), size, torch.device(device))
    distributed.barrier()  # who leaves first would cut the others off


@paddle.no_grad()
def average_gradients(twin: nn.Layer, size: int) -> None:
    """Over all processes: each has seen its own share of the batch."""
    if size == 1:
        return
    for weight in twin.parameters():
        if weight.grad is not None:
            distributed.all_reduce(weight.grad)
            weight.grad.scale_(1 / size)


def use_amp(plan: Plan) -> bool:
    return plan.trainer.amp and plan.world.device.type == "cuda"
