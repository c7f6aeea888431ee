from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from ml_project.metrics import curve_of, equal_error_rate, rank1, tar_at_far, verification_metrics

RANDOM = np.random.default_rng(5)
SAME = RANDOM.random(3000) < 0.2
SIMILARITY = RANDOM.normal(0.1 + 0.4 * SAME, 0.15).round(3)


def test_rates_agree_with_scikit_learn() -> None:
    accepted = SIMILARITY >= 0.3
    found = verification_metrics(SAME, SIMILARITY, accepted)
    recall = reference.recall_score(SAME, accepted)
    far = 1 - reference.recall_score(~SAME, ~accepted)
    weights = np.where(SAME, 1 / SAME.sum(), 1 / (~SAME).sum())
    balanced = {"sample_weight": weights}
    assert found == pytest.approx(
        {
            "accuracy": reference.balanced_accuracy_score(SAME, accepted),
            "precision": reference.precision_score(SAME, accepted, **balanced),
            "recall": recall,
            "f1": reference.f1_score(SAME, accepted, **balanced),
            "auc": reference.roc_auc_score(SAME, SIMILARITY),
            "equal_error_rate": found["equal_error_rate"],
            "false_accept_rate": far,
            "false_reject_rate": 1 - recall,
            "true_accept_rate": recall,
            "tar_at_far_1pct": found["tar_at_far_1pct"],
        }
    )


def test_the_curve_is_that_of_scikit_learn() -> None:
    far, tar, thresholds = reference.roc_curve(SAME, SIMILARITY, drop_intermediate=False)
    curve = curve_of(SAME, SIMILARITY)
    assert np.allclose(curve.accepted_impostors, far) and np.allclose(curve.accepted_genuine, tar)
    assert np.allclose(curve.thresholds[1:], thresholds[1:])
    assert tar_at_far(curve, 0.01) == tar[far <= 0.01].max()
    crossing = equal_error_rate(curve)
    assert np.interp(crossing, far, 1 - tar) == pytest.approx(crossing)


def test_perfect_and_useless_similarities() -> None:
    perfect = verification_metrics(SAME, SAME.astype(float), SAME)
    assert (perfect["accuracy"], perfect["equal_error_rate"], perfect["tar_at_far_1pct"]) == (
        1,
        0,
        1,
    )
    useless = verification_metrics(SAME, np.zeros(len(SAME)), np.zeros(len(SAME), dtype=bool))
    assert (useless["accuracy"], useless["auc"], useless["equal_error_rate"]) == (0.5, 0.5, 0.5)
    assert useless["tar_at_far_1pct"] == 0 and useless["precision"] == 0
    assert verification_metrics(SAME[SAME], SIMILARITY[SAME], SAME[SAME]) == {}


def test_rank_one_counts_searches_whose_person_is_first() -> None:
    asked = np.array([7, 7, 7, 8, 8, 9, 9])
    same = np.array([True, False, False, True, False, True, False])
    similarity = np.array([0.9, 0.2, 0.3, 0.1, 0.4, 0.5, 0.5])
    assert rank1(asked, same, similarity) == pytest.approx(1 / 3)
    assert rank1(asked[:0], same[:0], similarity[:0]) is None
