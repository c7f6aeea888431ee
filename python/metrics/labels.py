"""Classification: predicted labels, and probabilities where the file has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import metrics as sk

Table = dict[str, list[str]]
Sampled = Callable[[np.ndarray], float]
COUNTED = ("accuracy", "macro_f1", "f1", "precision", "recall")
EPSILON = float(np.finfo(np.float64).eps)


def measure(table: Table, positive: str | None) -> dict[str, float]:
    true, predicted = np.array(table["y_true"], dtype=object), np.array(table["y_pred"], dtype=object)
    chances, labels = chances_of(table)
    result = {
        "accuracy": sk.accuracy_score(true, predicted),
        "macro_f1": sk.f1_score(true, predicted, average="macro", zero_division=0),
    }
    averages: dict[str, Any] = {"average": "macro"}
    if positive is not None and len(labels) == 2:
        averages = {"average": "binary", "pos_label": positive}
    result["f1"] = sk.f1_score(true, predicted, zero_division=0, **averages)
    result["precision"] = sk.precision_score(true, predicted, zero_division=0, **averages)
    result["recall"] = sk.recall_score(true, predicted, zero_division=0, **averages)
    if labels:
        result.update(ranking(true, chances, labels, positive))
    return result


def ranking(true: np.ndarray, chances: np.ndarray, labels: list[str], positive: str | None) -> dict[str, float]:
    """Area under the ROC curve (one against the rest, macro over classes that occur with and without), log loss."""
    areas = []
    wanted = [positive] if positive in labels and len(labels) == 2 else labels
    for label in wanted:
        hits = true == label
        if hits.any() and not hits.all():
            areas.append(sk.roc_auc_score(hits.astype(int), chances[:, labels.index(label)]))
    loss = float(row_losses(true, chances, labels).mean())
    return {"log_loss": loss, **({"auc": float(np.mean(areas))} if areas else {})}


def row_losses(true: np.ndarray, chances: np.ndarray, labels: list[str]) -> np.ndarray:
    order = {label: at for at, label in enumerate(labels)}
    picked = [chances[row, order[label]] if label in order else 0.0 for row, label in enumerate(true)]
    return -np.log(np.clip(picked, EPSILON, 1 - EPSILON))


def sampled(table: Table, metric: str, positive: str | None) -> Sampled:
    """The metric of any choice of rows; what counts labels comes from the confusion matrix."""
    if metric == "auc":
        return sampled_areas(table, positive)
    if metric == "log_loss":
        losses = row_losses(np.array(table["y_true"], dtype=object), *chances_of(table))
        return lambda rows: float(losses[rows].mean())
    names = sorted({*table["y_true"], *table["y_pred"]})
    number = {name: at for at, name in enumerate(names)}
    binary = positive in number and sum(name.startswith("p:") for name in table) == 2
    pairs = np.array([number[t] * len(names) + number[p] for t, p in zip(table["y_true"], table["y_pred"], strict=True)])
    chosen = number[positive] if binary and metric not in {"accuracy", "macro_f1"} else None  # type: ignore[index]

    def value(rows: np.ndarray) -> float:
        matrix = np.bincount(pairs[rows], minlength=len(names) ** 2).reshape(len(names), len(names))
        return of_confusion(matrix, metric, chosen)

    return value


def sampled_areas(table: Table, positive: str | None) -> Sampled:
    """As `ranking` has it; scores are sorted once, and a row that is drawn n times weighs n."""
    true, (chances, names) = np.array(table["y_true"], dtype=object), chances_of(table)
    wanted = [positive] if positive in names and len(names) == 2 else names
    sorted_ones = [sorted_scores(true == label, chances[:, names.index(label)]) for label in wanted]

    def value(rows: np.ndarray) -> float:
        weights = np.bincount(rows, minlength=len(true)).astype(float)
        areas = [weighted_area(weights[order], hits, starts) for order, hits, starts in sorted_ones]
        known = [area for area in areas if area is not None]
        return float(np.mean(known)) if known else 0.0

    return value


def sorted_scores(hits: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The order of rising scores, what is a hit in it, and where each different score begins."""
    order = np.argsort(scores, kind="stable")
    rising = scores[order]
    starts = np.flatnonzero(np.append(True, rising[1:] != rising[:-1]))
    return order, hits[order].astype(float), starts


def weighted_area(weights: np.ndarray, hits: np.ndarray, starts: np.ndarray) -> float | None:
    """The weight of pairs in the right order, a tie for half; None without a hit or without a miss."""
    hit, miss = (np.add.reduceat(weights * part, starts) for part in (hits, 1 - hits))
    pairs = hit.sum() * miss.sum()
    below = np.cumsum(miss) - miss / 2
    return float((hit * below).sum() / pairs) if pairs else None


def chances_of(table: Table) -> tuple[np.ndarray, list[str]]:
    """Probabilities, a column for each class, and the classes."""
    names = [name[2:] for name in table if name.startswith("p:")]
    return np.array([table[f"p:{name}"] for name in names], dtype=float).T, names


def of_confusion(matrix: np.ndarray, metric: str, chosen: int | None) -> float:
    """Rows are the truth. Macro means are over labels that occur in truth or prediction."""
    hits, actual, claimed = matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)
    if metric == "accuracy":
        return float(hits.sum() / matrix.sum())
    below = {"precision": claimed, "recall": actual}.get(metric)
    with np.errstate(invalid="ignore", divide="ignore"):
        each = np.nan_to_num(2 * hits / (actual + claimed) if below is None else hits / below)
    return float(each[(actual + claimed) > 0].mean() if chosen is None else each[chosen])
