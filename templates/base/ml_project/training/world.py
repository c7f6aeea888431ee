"""One process, or several started by torchrun that train one model together."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from ml_project.errors import UsageError


@dataclass(frozen=True)
class World:
    rank: int
    size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Only this process writes files."""
        return self.rank == 0

    def wrap(self, module: nn.Module) -> nn.Module:
        if self.size == 1:
            return module
        for weight in module.parameters():  # an empty one gets no gradient, and would be waited for
            weight.requires_grad_(weight.requires_grad and weight.numel() > 0)
        return DistributedDataParallel(module)

    def agree(self, value: float) -> float:
        """The main process's number, so that all stop at the same epoch."""
        if self.size == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        torch.distributed.broadcast(shared, src=0)
        return float(shared.item())


@contextmanager
def join_world(device: str) -> Iterator[World]:
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise UsageError("device cuda was asked for, but torch finds no CUDA device")
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield World(0, 1, torch.device(device))
        return
    on_cuda = device.startswith("cuda")
    place = f"cuda:{os.environ['LOCAL_RANK']}" if on_cuda else device
    if on_cuda:
        torch.cuda.set_device(place)
    torch.distributed.init_process_group("nccl" if on_cuda else "gloo")
    try:
        yield World(torch.distributed.get_rank(), size, torch.device(place))
        torch.distributed.barrier()  # who leaves first would cut the others off
    finally:
        gc.collect()  # a wrapped network that outlives the group ends the process with an abort
        torch.distributed.destroy_process_group()
