"""Sequence to sequence: predicted texts. The definitions are those of sacreBLEU 2 (Post 2018, Popović 2015).

`bleu`: corpus BLEU-4, exponential smoothing, brevity penalty. `chrf`: chrF2, character n-grams of 1 to 6 without white
space, beta 2. Both as shares of 1. `exact_match`, which a brief may call `accuracy`: share of equal texts. `cer`: edits of all rows by characters of all
references.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable

import numpy as np

Table = dict[str, list[str]]
CJK = re.compile(
    r"([\u2e80-\u9fff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff])"
)
ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
WORDS, CHARACTERS, BETA = 4, 6, 2.0
NAMES = ("bleu", "chrf", "exact_match", "accuracy", "cer")
MARKS = (
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def measure(table: Table, _: str | None) -> dict[str, float]:
    counts = statistics(table)
    return {name: of_sums(counts.sum(axis=0), name, len(counts)) for name in NAMES}


def sampled(table: Table, metric: str, _: str | None) -> Callable[[np.ndarray], float]:
    counts = statistics(table)
    return lambda rows: of_sums(counts[rows].sum(axis=0), metric, len(rows))


def statistics(table: Table) -> np.ndarray:
    """A row of counts for each pair; a metric of many pairs is a function of their sums."""
    return np.array([_pair(p, t) for t, p in zip(table["y_true"], table["y_pred"], strict=True)], dtype=float)


def _pair(found: str, wanted: str) -> list[float]:
    row: list[float] = [float(found == wanted), edits(found, wanted), len(wanted)]
    hypothesis, reference = tokens(found), tokens(wanted)
    row += [len(hypothesis), len(reference)]
    for size in range(1, WORDS + 1):
        ours, theirs = grams(hypothesis, size), grams(reference, size)
        row += [sum((ours & theirs).values()), max(0, len(hypothesis) - size + 1)]
    one, two = ("".join(text.split()) for text in (found, wanted))
    for size in range(1, CHARACTERS + 1):
        ours, theirs = grams(list(one), size), grams(list(two), size)
        # As sacreBLEU does: where a reference has no n-gram of a size, those of the hypothesis do not count.
        row += [sum(ours.values()) if theirs else 0, sum(theirs.values()), sum((ours & theirs).values())]
    return row


def of_sums(sums: np.ndarray, metric: str, rows: int) -> float:
    if metric in {"exact_match", "accuracy"}:
        return float(sums[0] / rows)
    if metric == "cer":
        return float(sums[1] / sums[2]) if sums[2] else float(sums[1] > 0)
    if metric == "bleu":
        return bleu(sums[3], sums[4], sums[5 : 5 + 2 * WORDS].reshape(WORDS, 2))
    return chrf(sums[5 + 2 * WORDS :].reshape(CHARACTERS, 3))


def bleu(length: float, wanted: float, matched: np.ndarray) -> float:
    """Orders without a match count as half, a quarter, … of one match (exponential smoothing)."""
    if not matched[0, 0]:
        return 0.0
    total, smooth, orders = 0.0, 1.0, 0
    for hits, of in matched:
        if of == 0:
            break
        orders += 1
        if hits == 0:
            smooth *= 2
            total += math.log(1 / (smooth * of))
        else:
            total += math.log(hits / of)
    brevity = 1.0 if length >= wanted else math.exp(1 - wanted / length)
    return brevity * math.exp(total / WORDS) if orders == WORDS else 0.0


def chrf(counts: np.ndarray) -> float:
    """The F score of the mean precision and the mean recall over the orders that both sides have."""
    known = counts[(counts[:, 0] > 0) & (counts[:, 1] > 0)]
    if not len(known):
        return 0.0
    precision, recall = (known[:, 2] / known[:, 0]).mean(), (known[:, 2] / known[:, 1]).mean()
    if precision + recall == 0:
        return 0.0
    return float((1 + BETA**2) * precision * recall / (BETA**2 * precision + recall))


def tokens(text: str) -> list[str]:
    """sacreBLEU's 13a; Han, kana and their punctuation count by character as in its tokeniser for Chinese."""
    for name, mark in ENTITIES.items():
        text = text.replace(name, mark)
    text = " " + CJK.sub(r" \1 ", text) + " "
    for pattern, by in MARKS:
        text = pattern.sub(by, text)
    return text.split()


def grams(items: list[str], size: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(items[i : i + size]) for i in range(len(items) - size + 1))


def edits(one: str, two: str) -> int:
    """Levenshtein distance in characters."""
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(two, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
