"""From which similarity on two images count as the same person."""

from __future__ import annotations

import numpy as np

from ml_project.metrics import ASKED_RATE, Curve, Numbers

LOWEST, HIGHEST = 1e-4, 1 - 1e-4
FEWEST_ACCEPTED = 0.5  # of genuine pairs, or a service would mostly say "different"


def choose_threshold(
    curve: Curve,
    impostors: int,
    people: int,
    far: float | None = None,
    tar: float | None = None,
    accuracy: float | None = None,
) -> float:
    """The threshold for what is asked, with room for chance.

    Pairs of the same people are alike, so the standard error of the false accept rate counts each
    two people (`impostors`) once, that of the true accept rate each person. With both rates asked,
    the threshold is as many standard errors away from each as it can be. With the false accept
    rate alone it accepts as many genuine pairs as it can with one standard error to spare; where
    nothing is asked, as many as it can at 0.01. With accuracy alone it is the most accurate one;
    so it is where nothing is asked and 0.01 would turn away most genuine pairs.
    """
    accepted = curve.accepted_genuine
    free = far is None and tar is None
    usual = float(accepted[curve.accepted_impostors <= ASKED_RATE].max(initial=0.0))
    if free and (accuracy is not None or usual < FEWEST_ACCEPTED):
        return _between(curve, int((accepted - curve.accepted_impostors).argmax()))
    asked = ASKED_RATE if far is None else far
    room = (asked - curve.accepted_impostors) / _error(asked, impostors)
    if tar is None:
        spare = 0.0 if far is None else 1.0
        usable = room >= min(spare, float(room.max()))
        return _between(curve, int(np.where(usable, accepted, -1.0).argmax()))
    both = np.minimum(room, (accepted - tar) / _error(tar, people))
    return _between(curve, int(both.argmax()))


def _error(share: float, count: int) -> float:
    """Standard error of a share; one that is 0 or 1 is not certain either."""
    likely = min(max(share, 0.5 / max(1, count)), 1 - 0.5 / max(1, count))
    return float(np.sqrt(likely * (1 - likely) / max(1, count)))


def _between(curve: Curve, chosen: int) -> float:
    """Midway to the next lower similarity, so that rounding moves no pair across."""
    values = curve.thresholds
    upper = min(values[chosen], 1.0)
    lower = values[chosen + 1] if chosen + 1 < len(values) else upper
    middle: Numbers = np.clip((upper + lower) / 2, LOWEST, HIGHEST)
    return float(format(float(middle), ".6g"))
