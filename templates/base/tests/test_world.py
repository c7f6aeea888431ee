from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ml_project.training.world import World


class Part(nn.Module):
    """A network with a block that the data leave empty."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 1)
        self.block = nn.Parameter(torch.zeros(3, 0))

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.line(x)
        return result


def test_several_processes_wait_for_no_gradient_of_an_empty_weight(tmp_path: Path) -> None:
    store = torch.distributed.FileStore(str(tmp_path / "store"), 1)
    torch.distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        network = World(0, 2, torch.device("cpu")).wrap(Part())
        for _ in range(2):
            network(torch.ones(2, 3)).sum().backward()
        del network
    finally:
        torch.distributed.destroy_process_group()
