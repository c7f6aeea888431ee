"""Face verification and identification: similarities of pairs of images.

Definitions are those of ISO/IEC 19795-1:2021 (false accept and false reject rate, equal error rate, closed-set rank 1)
and of LFW (Huang et al. 2007), which counts as many pairs of each kind for accuracy; here precision and F1 do so too.
`tar_at_far_1pct` is the largest true accept rate of a threshold that at most 1 % of the impostor pairs reach.

The bootstrap draws people, not pairs, since pairs of the same people are alike (subset bootstrap, Bolle et al. 2004): a
person who is drawn n times gives a genuine pair the weight n, a pair with someone drawn m times the weight n·m.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Table = dict[str, list[str]]
ASKED_RATE = 0.01


class Comparisons:
    """Pairs in the order of falling similarity, and searches; people by number."""

    def __init__(self, table: Table) -> None:
        use = np.array(table["use"])
        similarity = np.array(table["similarity"], dtype=float)
        same = np.array(table["y_true"]) == "same"
        accepted = np.array(table["y_pred"]) == "same"
        names, numbers = np.unique([*table["person_a"], *table["person_b"]], return_inverse=True)
        a, b = numbers[: len(use)], numbers[len(use) :]
        verify = np.flatnonzero(use == "verify")
        order = verify[np.argsort(-similarity[verify], kind="stable")]
        self.people = len(names)
        self.same, self.accepted, self.a, self.b = same[order], accepted[order], a[order], b[order]
        self.ends = np.append(np.diff(similarity[order]) != 0, True)  # pairs of one similarity share a threshold
        self.right, self.asker = searches(table, use == "search", same, similarity, a)

    def weights(self, drawn: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        """Of each pair and of each search, where people were drawn as often as given."""
        if drawn is None:
            return np.ones(len(self.same)), np.ones(len(self.right))
        return drawn[self.a] * np.where(self.same, 1, drawn[self.b]), drawn[self.asker]

    def figures(self, drawn: np.ndarray | None = None) -> dict[str, float]:
        weight, of_search = self.weights(drawn)
        genuine, impostor = weight * self.same, weight * ~self.same
        found: dict[str, float] = {}
        if genuine.sum() and impostor.sum():
            tar = float(genuine[self.accepted].sum() / genuine.sum())
            far = float(impostor[self.accepted].sum() / impostor.sum())
            found = at_threshold(tar, far) | along(self.curve(genuine), self.curve(impostor))
        if of_search.sum():
            found["rank1"] = float(of_search[self.right].sum() / of_search.sum())
        return found

    def curve(self, weight: np.ndarray) -> np.ndarray:
        """The share that each threshold accepts, from none to all."""
        total = np.cumsum(weight)
        return np.append(0.0, total[self.ends] / total[-1])


def searches(
    table: Table, chosen: np.ndarray, same: np.ndarray, similarity: np.ndarray, a: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each image that was searched for: was its own person the most similar one, and who is it."""
    rows = np.flatnonzero(chosen)
    images = np.array([table["row_id"][row].partition(">")[0] for row in rows])
    _, first, place = np.unique(images, return_index=True, return_inverse=True)
    own, other = np.full(len(first), -np.inf), np.full(len(first), -np.inf)
    np.maximum.at(own, place[same[rows]], similarity[rows][same[rows]])
    np.maximum.at(other, place[~same[rows]], similarity[rows][~same[rows]])
    return own > other, a[rows[first]] if len(rows) else np.zeros(0, dtype=int)


def at_threshold(tar: float, far: float) -> dict[str, float]:
    precision = tar / (tar + far) if tar + far else 0.0
    return {
        "accuracy": (tar + 1 - far) / 2,
        "precision": precision,
        "recall": tar,
        "f1": 2 * precision * tar / (precision + tar) if precision + tar else 0.0,
        "false_accept_rate": far,
        "false_reject_rate": 1 - tar,
        "true_accept_rate": tar,
    }


def along(tar: np.ndarray, far: np.ndarray) -> dict[str, float]:
    """What needs no threshold. Between two thresholds both errors are taken to be straight lines."""
    frr = 1 - tar
    at = int(np.argmax(far >= frr))
    before, after = frr[at - 1] - far[at - 1], far[at] - frr[at]
    crossing = far[at - 1] + (far[at] - far[at - 1]) * before / (before + after)
    return {
        "auc": float(np.trapezoid(tar, far)),
        "equal_error_rate": float(crossing),
        "tar_at_far_1pct": float(tar[far <= ASKED_RATE].max()),
    }


def measure(table: Table, _: str | None) -> dict[str, float]:
    return Comparisons(table).figures()


def units(table: Table) -> int:
    """What a bootstrap draws: people."""
    return Comparisons(table).people


def sampled(table: Table, metric: str, _: str | None) -> Callable[[np.ndarray], float]:
    """The metric where the people with the given numbers were drawn."""
    comparisons = Comparisons(table)

    def value(people: np.ndarray) -> float:
        return comparisons.figures(np.bincount(people, minlength=comparisons.people)).get(metric, float("nan"))

    return value
