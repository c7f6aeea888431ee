"""Metrics of verification and identification from similarities, with numpy alone.

Rates are those of ISO/IEC 19795-1: `false_accept_rate` is the share of impostor pairs taken for one
person, `true_accept_rate` that of genuine pairs, both at the threshold; `false_reject_rate` is its
rest. `equal_error_rate` is where the curves of both errors cross, `tar_at_far_1pct` the true
accept rate at the threshold that lets at most 1 % of the impostor pairs pass. `accuracy`,
`precision` and `f1` are those of equally many pairs of each kind, as in LFW (Huang et al. 2007):
the mix of pairs is a choice of the test, not of the world. `rank1` is the share of images whose
enrolled person is more similar than every other (closed set). None where a metric is not defined.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
Metrics = dict[str, "float | None"]
ASKED_RATE = 0.01


@dataclass(frozen=True)
class Curve:
    """Error rates for each threshold, from above every similarity down to the lowest one."""

    thresholds: Numbers
    accepted_impostors: Numbers
    accepted_genuine: Numbers


def curve_of(same: Flags, similarity: Numbers) -> Curve:
    """Shares of both kinds of pairs whose similarity reaches the threshold."""
    values, place = np.unique(similarity, return_inverse=True)
    genuine = np.bincount(place, weights=same, minlength=len(values))[::-1].cumsum()
    impostor = np.bincount(place, weights=~same, minlength=len(values))[::-1].cumsum()
    return Curve(
        np.append(np.inf, values[::-1]),
        np.append(0.0, impostor) / max(1, (~same).sum()),
        np.append(0.0, genuine) / max(1, same.sum()),
    )


def verification_metrics(same: Flags, similarity: Numbers, accepted: Flags) -> Metrics:
    if same.all() or not same.any():
        return {}
    far, tar = float(accepted[~same].mean()), float(accepted[same].mean())
    precision = tar / (tar + far) if tar + far else 0.0
    curve = curve_of(same, similarity)
    return {
        "accuracy": (tar + 1 - far) / 2,
        "precision": precision,
        "recall": tar,
        "f1": 2 * precision * tar / (precision + tar) if precision + tar else 0.0,
        "auc": float(np.trapezoid(curve.accepted_genuine, curve.accepted_impostors)),
        "equal_error_rate": equal_error_rate(curve),
        "false_accept_rate": far,
        "false_reject_rate": 1 - tar,
        "true_accept_rate": tar,
        "tar_at_far_1pct": tar_at_far(curve, ASKED_RATE),
    }


def equal_error_rate(curve: Curve) -> float:
    """Between two thresholds both errors are taken to be straight lines."""
    far, frr = curve.accepted_impostors, 1 - curve.accepted_genuine
    at = int(np.argmax(far >= frr))  # frr starts at 1 and far ends there, so they do cross
    before, after = frr[at - 1] - far[at - 1], far[at] - frr[at]
    share = before / (before + after)
    return float(far[at - 1] + share * (far[at] - far[at - 1]))


def tar_at_far(curve: Curve, asked: float) -> float:
    return float(curve.accepted_genuine[curve.accepted_impostors <= asked].max())


def rank1(asked: NDArray[np.int64], same: Flags, similarity: Numbers) -> float | None:
    """`asked` tells the searches apart. A tie with another person does not count."""
    if not len(asked):
        return None
    searches, place = np.unique(asked, return_inverse=True)
    right, wrong = (np.full(len(searches), -np.inf) for _ in range(2))
    np.maximum.at(right, place[same], similarity[same])
    np.maximum.at(wrong, place[~same], similarity[~same])
    return float((right > wrong).mean())
