"""Pairs of texts as sequences of numbers, and batches of them as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ml_project.features import Features
from ml_project.pairs import Pairs
from ml_project.symbols import START
from ml_project.translators.sequence import pad

POOL = 16  # batches whose rows are sorted by length together, so that little is padding
Batch = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Examples:
    sources: list[list[int]]
    targets: list[list[int]]

    def __len__(self) -> int:
        return len(self.sources)

    def batch(self, rows: Sequence[int], device: torch.device) -> Batch:
        """Sources, answers from START on, and the same answers one symbol later."""
        targets = torch.from_numpy(pad([self.targets[row] for row in rows]))
        before = torch.cat([torch.full_like(targets[:, :1], START), targets[:, :-1]], dim=1)
        # END in the middle of `before` only stands in front of padding, which no loss sees.
        sources = torch.from_numpy(pad([self.sources[row] for row in rows]))
        return sources.to(device), before.to(device), targets.to(device)

    def by_length(self, rows: Sequence[int], size: int) -> list[list[int]]:
        """Batches of rows of like length, from neighbouring ones of the given order."""
        batches: list[list[int]] = []
        for first in range(0, len(rows), size * POOL):
            pool = sorted(rows[first : first + size * POOL], key=self._lengths)
            batches += [pool[i : i + size] for i in range(0, len(pool), size)]
        return batches

    def _lengths(self, row: int) -> tuple[int, int]:
        return len(self.sources[row]), len(self.targets[row])


def make_examples(features: Features, pairs: Pairs) -> Examples:
    symbols = features.symbols
    return Examples(
        [symbols.source.encode(text) for text in pairs.sources],
        [symbols.target.encode(text) for text in pairs.targets],
    )
