"""Metrics from predictions, with numpy alone. None where a metric is not defined."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml_project.decision import Numbers, Threshold, decide

Labels = NDArray[np.int64]
Metrics = dict[str, "float | None"]
CLASSIFICATION = ("accuracy", "macro_f1", "f1", "precision", "recall", "auc", "log_loss")
REGRESSION = ("mae", "rmse", "mape", "r2")
EPSILON = float(np.finfo(np.float64).eps)


def classification_metrics(
    truth: Labels, p: Numbers, positive: int | None, threshold: Threshold = None
) -> Metrics:
    """`positive` is the class of f1, precision, recall and auc; None averages over classes."""
    predicted = decide(p, positive, threshold)
    classes = np.union1d(truth, predicted)
    scores = np.array([_class_scores(truth, predicted, int(label)) for label in classes])
    if positive is None:
        precision, recall, f1 = scores.mean(axis=0)
    else:
        precision, recall, f1 = _class_scores(truth, predicted, positive)
    chosen = np.clip(p[np.arange(len(truth)), truth], EPSILON, 1 - EPSILON)
    return {
        "accuracy": float((predicted == truth).mean()),
        "macro_f1": float(scores[:, 2].mean()),
        "f1": float(f1),
        "precision": float(precision),
        "recall": float(recall),
        "auc": _auc(truth, p, positive),
        "log_loss": float(-np.log(chosen).mean()),
    }


def grade_metrics(truth: Labels, p: Numbers) -> Metrics:
    """Of grades, lowest first: Cohen's kappa with quadratic weights, and by how many grades a
    prediction is off in the mean."""
    predicted = p.argmax(axis=1)
    grades = p.shape[1]
    found = np.bincount(truth * grades + predicted, minlength=grades**2).reshape(grades, grades)
    apart = np.subtract.outer(np.arange(grades), np.arange(grades)) ** 2
    chance = np.outer(found.sum(axis=1), found.sum(axis=0)) / len(truth)
    expected = float((apart * chance).sum())
    return {
        "quadratic_kappa": 1 - float((apart * found).sum()) / expected if expected else None,
        "grade_error": float(np.abs(predicted - truth).mean()),
    }


def regression_metrics(truth: Numbers, value: Numbers) -> Metrics:
    error = value - truth
    total = float(((truth - truth.mean()) ** 2).sum())
    known = truth != 0  # a percentage of nothing is not defined
    return {
        "mae": float(np.abs(error).mean()),
        "rmse": float(np.sqrt((error**2).mean())),
        "mape": float(np.abs(error[known] / truth[known]).mean()) if known.any() else None,
        "r2": 1 - float((error**2).sum()) / total if total > 0 else None,
    }


def positive_index(classes: Sequence[str], positive_class: str | None) -> int | None:
    """Of two classes the named one is positive; where none is named, metrics average over both."""
    if positive_class is None or positive_class not in classes or len(classes) != 2:
        return None
    return list(classes).index(positive_class)


def _class_scores(truth: Labels, predicted: Labels, label: int) -> tuple[float, float, float]:
    hits = float(((truth == label) & (predicted == label)).sum())
    claimed, actual = float((predicted == label).sum()), float((truth == label).sum())
    precision = hits / claimed if claimed else 0.0
    recall = hits / actual if actual else 0.0
    both = claimed + actual
    return precision, recall, 2 * hits / both if both else 0.0


def _auc(truth: Labels, p: Numbers, positive: int | None) -> float | None:
    """One class against the rest; of several, the mean over those that occur with and without."""
    if positive is not None:
        return _binary_auc(truth == positive, p[:, positive])
    scores = [_binary_auc(truth == label, p[:, label]) for label in range(p.shape[1])]
    known = [score for score in scores if score is not None]
    return float(np.mean(known)) if known else None


def _binary_auc(is_positive: NDArray[np.bool_], score: Numbers) -> float | None:
    """The share of pairs in the right order; a tie counts half."""
    positives = int(is_positive.sum())
    negatives = len(is_positive) - positives
    if not positives or not negatives:
        return None
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    below = float(ranks[is_positive].sum()) - positives * (positives + 1) / 2
    return below / (positives * negatives)
