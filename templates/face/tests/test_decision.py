from __future__ import annotations

import numpy as np
import pytest

from ml_project.decision import choose_threshold
from ml_project.metrics import curve_of

RANDOM = np.random.default_rng(5)
SAME = RANDOM.random(3000) < 0.2
SIMILARITY = RANDOM.normal(0.1 + 0.4 * SAME, 0.15).round(3)


def rates(threshold: float) -> tuple[float, float]:
    accepted = threshold <= SIMILARITY
    return float(accepted[~SAME].mean()), float(accepted[SAME].mean())


@pytest.mark.parametrize("asked", [0.001, 0.01, 0.1])
def test_the_asked_false_accept_rate_is_kept(asked: float) -> None:
    far, tar = rates(choose_threshold(curve_of(SAME, SIMILARITY), 2000, 60, far=asked))
    assert far <= asked
    assert tar > {0.001: 0.15, 0.01: 0.5, 0.1: 0.85}[asked]


def test_one_percent_where_nothing_is_asked() -> None:
    far, tar = rates(choose_threshold(curve_of(SAME, SIMILARITY), 2000, 60))
    assert 0.007 < far <= 0.01 and tar > 0.5


def test_most_genuine_pairs_are_accepted_where_nothing_is_asked() -> None:
    similarity = RANDOM.normal(0.1 + 0.2 * SAME, 0.15).round(3)
    curve = curve_of(SAME, similarity)
    threshold = choose_threshold(curve, 2000, 60)
    assert (threshold <= similarity[SAME]).mean() > 0.5
    assert threshold == choose_threshold(curve, 2000, 60, accuracy=0.9)
    assert threshold < choose_threshold(curve, 2000, 60, far=0.01)


def test_both_rates_are_kept_where_that_is_possible() -> None:
    far, tar = rates(choose_threshold(curve_of(SAME, SIMILARITY), 2000, 60, far=0.15, tar=0.85))
    assert far < 0.15 and tar > 0.85


def test_accuracy_alone_asks_for_the_most_accurate_threshold() -> None:
    curve = curve_of(SAME, SIMILARITY)
    far, tar = rates(choose_threshold(curve, 2000, 60, accuracy=0.9))
    assert tar - far == pytest.approx((curve.accepted_genuine - curve.accepted_impostors).max())
