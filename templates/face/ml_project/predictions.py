"""Prediction files: a line for each comparison of two images.

`use` is `verify` for a pair and `search` for the comparison of an image with an enrolled one;
`person_a` and `person_b` tell who is on them, for figures and for resampling by people.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_project.metrics import Curve, Metrics, curve_of, rank1, verification_metrics
from ml_project.pairs import Pairs

HEADER = ("row_id", "y_true", "y_pred", "similarity", "use", "person_a", "person_b")
WORDS = ("different", "same")
WITHOUT_THRESHOLD = ("auc", "equal_error_rate", "tar_at_far_1pct", "rank1")
SEPARATOR = {False: "~", True: ">"}
Embeddings = NDArray[np.float32]
Threshold = float | NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """`row_ids` and `names` are by image, the rest by pair."""

    row_ids: list[str]
    names: list[str]
    pairs: Pairs
    similarity: NDArray[np.float32]
    threshold: Threshold

    @property
    def accepted(self) -> NDArray[np.bool_]:
        return np.asarray(self.similarity >= self.threshold)

    def couples(self) -> int:
        """Of two people each, whose images are compared."""
        apart = np.flatnonzero(~self.pairs.same & ~self.pairs.search)
        ends = ((self.names[self.pairs.a[i]], self.names[self.pairs.b[i]]) for i in apart)
        return len({frozenset(two) for two in ends})

    def curve(self) -> Curve:
        verify = ~self.pairs.search
        return curve_of(self.pairs.same[verify], self.similarity[verify].astype(np.float64))

    def metrics(self) -> Metrics:
        similarity, same = self.similarity.astype(np.float64), self.pairs.same
        verify, search = ~self.pairs.search, self.pairs.search
        found = verification_metrics(same[verify], similarity[verify], self.accepted[verify])
        return {**found, "rank1": rank1(self.pairs.a[search], same[search], similarity[search])}

    def curve_metrics(self) -> Metrics:
        """Those that need no threshold."""
        found = self.metrics()
        return {name: found[name] for name in WITHOUT_THRESHOLD if name in found}

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEADER)
            for i in range(len(self.pairs)):
                writer.writerow(self._line(i))

    def _line(self, i: int) -> list[str]:
        a, b, search = int(self.pairs.a[i]), int(self.pairs.b[i]), bool(self.pairs.search[i])
        return [
            f"{self.row_ids[a]}{SEPARATOR[search]}{self.row_ids[b]}",
            WORDS[int(self.pairs.same[i])],
            WORDS[int(self.accepted[i])],
            number(self.similarity[i]),
            "search" if search else "verify",
            self.names[a],
            self.names[b],
        ]


def similarities(pairs: Pairs, embeddings: Embeddings) -> NDArray[np.float32]:
    """Cosines: embeddings have the length 1, or 0 where a model says nothing."""
    return np.einsum("ij,ij->i", embeddings[pairs.a], embeddings[pairs.b])


def number(value: float) -> str:
    """Nine significant digits give a float32 back exactly."""
    return format(float(value), ".9g")


def write_curve(path: Path, curve: Curve) -> None:
    """Both error rates against the threshold, for at most a few hundred thresholds."""
    step = max(1, len(curve.thresholds) // 400)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["threshold", "false_accept_rate", "false_reject_rate"])
        for i in range(1, len(curve.thresholds), step):
            rates = (curve.accepted_impostors[i], 1 - curve.accepted_genuine[i])
            writer.writerow([number(curve.thresholds[i]), *map(number, rates)])


def joined(parts: Sequence[Predictions]) -> Predictions:
    """Of several parts of the same images; pairs lie within a part."""
    starts = np.cumsum([0, *(len(part.row_ids) for part in parts[:-1])])
    pairs = [
        replace(p.pairs, a=p.pairs.a + s, b=p.pairs.b + s)
        for p, s in zip(parts, starts, strict=True)
    ]
    return Predictions(
        [row_id for part in parts for row_id in part.row_ids],
        [name for part in parts for name in part.names],
        Pairs(
            *(np.concatenate([getattr(p, n) for p in pairs]) for n in ("a", "b", "same", "search"))
        ),
        np.concatenate([part.similarity for part in parts]),
        np.concatenate([np.broadcast_to(part.threshold, len(part.pairs)) for part in parts]),
    )
