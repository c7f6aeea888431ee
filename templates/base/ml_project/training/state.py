"""What a network's training needs to go on after an interruption."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ml_project.errors import UsageError
from ml_project.models.predictor import write_tensors

FILE = "state.pt"


@dataclass
class Progress:
    epoch: int = 0
    step: int = 0
    best_loss: float = float("inf")
    best_epoch: int = 0
    best_state: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)


class StateFile:
    """Written at most every `seconds`, so that fast epochs do not wait for the disk."""

    def __init__(self, folder: Path | None, seconds: float, resume: Path | None = None) -> None:
        self.path = folder / FILE if folder else None
        self.source = resume / FILE if resume else None
        self.seconds = seconds
        self.written = time.monotonic()

    def save(
        self, progress: Progress, model: torch.nn.Module, optimiser: Any, *, last: bool = False
    ) -> None:
        recent = time.monotonic() - self.written < self.seconds
        if self.path is None or (recent and not last):
            return
        content = {
            "progress": vars(progress),
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
        }
        write_tensors(self.path, content)
        self.written = time.monotonic()

    def load(self, model: torch.nn.Module, optimiser: Any) -> Progress:
        if self.source is None:
            return Progress()
        device = next(model.parameters()).device
        saved = torch.load(self.source, map_location=device, weights_only=True)
        model.load_state_dict(saved["model"])
        optimiser.load_state_dict(saved["optimiser"])
        return Progress(**saved["progress"])

    def remove(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def open_state(folder: Path, seconds: float, resume: Path | None) -> StateFile:
    """A new training forgets the state of an earlier one in the same folder."""
    state = StateFile(folder, seconds, resume)
    if resume is None:
        state.remove()
    elif not (resume / FILE).is_file():
        raise UsageError(f"{resume / FILE}: nothing to resume; networks write it while training")
    return state
