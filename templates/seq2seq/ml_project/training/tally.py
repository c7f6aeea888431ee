"""What an epoch adds up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml_project.training.state import Progress


@dataclass
class Tally:
    """Loss and correct guesses of many symbols, each from the true ones before it."""

    loss: float = 0.0
    hits: int = 0
    symbols: int = 0

    def add(self, loss: float, hits: int, symbols: int) -> None:
        """`loss` is the mean over the symbols."""
        self.loss += loss * symbols
        self.hits += hits
        self.symbols += symbols

    def row(self, progress: Progress, split: str) -> dict[str, object]:
        place = {"epoch": progress.epoch, "step": progress.step, "split": split}
        mean = self.loss / self.symbols
        if not math.isfinite(mean):
            raise FloatingPointError(f"the {split} loss is {mean} in epoch {progress.epoch}")
        return {**place, "loss": mean, "symbol_accuracy": self.hits / self.symbols}
