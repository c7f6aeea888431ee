from __future__ import annotations

import numpy as np
import pytest

from ml_project.decision import choose_threshold, decide

RANDOM = np.random.default_rng(4)
TRUTH = RANDOM.random(4000) < 0.1
P = np.clip(RANDOM.normal(0.2 + 0.25 * TRUTH, 0.15), 0, 1)


@pytest.mark.parametrize(("recall", "precision"), [(0.9, None), (None, 0.6), (0.5, 0.4)])
def test_what_is_asked_is_reached_on_new_rows(recall: float, precision: float) -> None:
    half = len(P) // 2
    threshold = choose_threshold(TRUTH[:half], P[:half], recall, precision)
    assert threshold is not None
    called = P[half:] >= threshold
    hits = (called & TRUTH[half:]).sum()
    assert hits / TRUTH[half:].sum() >= (recall or 0) - 0.05
    assert hits / called.sum() >= (precision or 0) - 0.1


def test_three_standard_errors_are_spared_where_that_is_possible() -> None:
    threshold = choose_threshold(TRUTH, P, 0.6, None)
    assert threshold is not None
    error = (0.6 * 0.4 / TRUTH.sum()) ** 0.5
    assert 0.6 + 3 * error <= (P[TRUTH] >= threshold).mean() < 0.6 + 5 * error
    few = choose_threshold(
        np.array([True, True, True, False]), np.array([0.9, 0.8, 0.7, 0.1]), 0.6, None
    )
    assert few is not None and few > 0.1


def test_of_those_that_do_the_best_is_taken() -> None:
    low = choose_threshold(TRUTH, P, 0.99, None)
    high = choose_threshold(TRUTH, P, 0.5, None)
    assert low is not None and high is not None and low < high


def test_what_cannot_be_reached_comes_as_near_as_it_can() -> None:
    threshold = choose_threshold(TRUTH, P, 0.99, 0.99)
    assert threshold is not None and 0 < threshold < 1


def test_nothing_asked_means_the_likeliest_class() -> None:
    assert choose_threshold(TRUTH, P, None, None) is None
    assert choose_threshold(np.zeros(9, dtype=bool), P[:9], 0.9, None) is None
    p = np.array([[0.6, 0.4], [0.2, 0.8]])
    assert decide(p, 1, None).tolist() == [0, 1]
    assert decide(p, 1, 0.3).tolist() == [1, 1]
    assert decide(p, 0, np.array([0.7, 0.1])).tolist() == [1, 0]
