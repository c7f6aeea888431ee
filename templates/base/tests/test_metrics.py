from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as reference

from ml_project.metrics import (
    classification_metrics,
    grade_metrics,
    positive_index,
    regression_metrics,
)
from ml_project.splits import fold_numbers, split_rows

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize("classes", [2, 4])
def test_classification_agrees_with_scikit_learn(classes: int) -> None:
    truth = RANDOM.integers(0, classes, 200)
    p = RANDOM.dirichlet(np.ones(classes), 200).round(2)
    p /= p.sum(axis=1, keepdims=True)
    binary = classes == 2
    found = classification_metrics(truth, p, 1 if binary else None)
    predicted, average = p.argmax(axis=1), "binary" if binary else "macro"
    scores = p[:, 1] if binary else p
    assert found == pytest.approx(
        {
            "accuracy": reference.accuracy_score(truth, predicted),
            "macro_f1": reference.f1_score(truth, predicted, average="macro"),
            "f1": reference.f1_score(truth, predicted, average=average),
            "precision": reference.precision_score(truth, predicted, average=average),
            "recall": reference.recall_score(truth, predicted, average=average),
            "auc": reference.roc_auc_score(truth, scores, multi_class="ovr"),
            "log_loss": reference.log_loss(truth, p),
        }
    )


def test_regression_agrees_with_scikit_learn() -> None:
    truth = RANDOM.normal(size=100)
    value = truth + RANDOM.normal(size=100)
    assert regression_metrics(truth, value) == pytest.approx(
        {
            "mae": reference.mean_absolute_error(truth, value),
            "rmse": reference.root_mean_squared_error(truth, value),
            "mape": reference.mean_absolute_percentage_error(truth, value),
            "r2": reference.r2_score(truth, value),
        }
    )


def test_grades_agree_with_scikit_learn() -> None:
    truth = RANDOM.integers(0, 4, 200)
    p = RANDOM.dirichlet(np.ones(4), 200)
    predicted = p.argmax(axis=1)
    kappa = reference.cohen_kappa_score(truth, predicted, labels=range(4), weights="quadratic")
    error = reference.mean_absolute_error(truth, predicted)
    found = grade_metrics(truth, p)
    assert found == pytest.approx({"quadratic_kappa": kappa, "grade_error": error})
    all_lowest = grade_metrics(np.zeros(3, dtype=np.int64), np.eye(4)[[0, 0, 0]])
    assert all_lowest["quadratic_kappa"] is None


def test_what_is_not_defined_is_none() -> None:
    one_class = classification_metrics(np.zeros(3, dtype=np.int64), np.full((3, 2), 0.5), 1)
    assert one_class["auc"] is None
    assert regression_metrics(np.ones(3), np.ones(3))["r2"] is None


def test_two_classes_without_a_positive_one_are_averaged() -> None:
    truth = np.array([0, 0, 0, 1])
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    assert positive_index(["a", "b"], None) is None
    assert positive_index(["a", "b"], "b") == 1
    expected = reference.f1_score(truth, p.argmax(axis=1), average="macro")
    assert classification_metrics(truth, p, None)["f1"] == pytest.approx(expected)


def test_a_class_that_does_not_occur_is_left_out_of_the_area() -> None:
    truth = np.array([0, 1, 0, 1])
    p = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1], [0.6, 0.1, 0.3], [0.1, 0.5, 0.4]])
    assert classification_metrics(truth, p, None)["auc"] == 1


def test_a_percentage_of_zero_is_left_out() -> None:
    found = regression_metrics(np.array([0.0, 2.0]), np.array([1.0, 3.0]))
    assert found["mape"] == pytest.approx(0.5)
    assert regression_metrics(np.zeros(2), np.ones(2))["mape"] is None


def test_folds_and_splits_are_stratified() -> None:
    labels = np.array([0] * 60 + [1] * 35 + [2] * 5)
    folds = fold_numbers(100, 5, 0, labels)
    for label in range(3):
        counts = np.bincount(folds[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 1
    train, valid = split_rows(100, 0.2, 0, labels)
    assert len(valid) == 20 and len(set(train) | set(valid)) == 100
    assert set(labels[train]) == set(labels[valid]) == {0, 1, 2}


def test_the_only_row_of_a_class_trains() -> None:
    for seed in range(20):
        labels = np.array([0, 1, 1, 1, 2])
        train, valid = split_rows(5, 0.4, seed, labels)
        assert {0, 4} <= set(train.tolist()) and len(valid)


def test_no_row_both_trains_and_validates() -> None:
    for labels in (None, RANDOM.integers(0, 3, 100)):
        train, valid = split_rows(100, 0.2, 1, labels)
        assert sorted([*train, *valid]) == list(range(100)) and 15 <= len(valid) <= 25


def test_rows_of_a_group_stay_together() -> None:
    groups = RANDOM.integers(0, 40, 300)
    numbers = fold_numbers(300, 5, 1, None, groups)
    assert all(len(set(numbers[groups == group])) == 1 for group in np.unique(groups))
    assert np.bincount(numbers).min() > 40
    train, valid = split_rows(300, 0.2, 1, None, groups)
    assert not set(groups[train]) & set(groups[valid])
    assert 40 < len(valid) < 80 and len(train) + len(valid) == 300
