"""How close translations are to the expected ones. Both texts are normalised first (texts.py).

Every metric is over the whole corpus, in 0..1, and is 0.0 where nothing can be counted.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from ml_project.texts import normalise

Metrics = dict[str, "float | None"]
METRICS = ("chrf", "bleu", "exact_match", "cer")
BLEU_ORDER = 4
CHRF_ORDER = 6
CHRF_BETA = 2
# Han, kana, their punctuation and full-width forms, which are written without spaces.
UNSPACED = re.compile(
    "([\u2e80-\u9fff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff])"
)
ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
RULES_13A = (
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def sequence_metrics(truth: Sequence[str], answers: Sequence[str]) -> Metrics:
    pairs = [(normalise(a), normalise(b)) for a, b in zip(truth, answers, strict=True)]
    return {
        "chrf": chrf(pairs),
        "bleu": bleu(pairs),
        "exact_match": sum(a == b for a, b in pairs) / max(1, len(pairs)),
        "cer": character_error_rate(pairs),
    }


def bleu(pairs: Iterable[tuple[str, str]]) -> float:
    """BLEU-4 as sacreBLEU defines it, with one reference and exponential smoothing.

    Tokens: each Han or kana character is one, as in sacreBLEU's `zh`; the rest is split by `13a`.
    """
    matched, made = [0] * BLEU_ORDER, [0] * BLEU_ORDER
    expected_length = answer_length = 0
    for expected, answer in pairs:
        wanted, found = tokens(expected), tokens(answer)
        expected_length, answer_length = expected_length + len(wanted), answer_length + len(found)
        for n in range(BLEU_ORDER):
            grams = Counter(_runs(found, n + 1))
            matched[n] += (grams & Counter(_runs(wanted, n + 1))).total()
            made[n] += grams.total()
    if not any(matched) or not all(made):
        return 0.0
    halvings, logarithm = 0, 0.0
    for hits, total in zip(matched, made, strict=True):
        halvings += hits == 0
        logarithm += math.log((hits or 0.5**halvings) / total)
    shortness = min(0.0, 1 - expected_length / answer_length)
    return math.exp(shortness + logarithm / BLEU_ORDER)


def tokens(text: str) -> list[str]:
    for entity, character in ENTITIES.items():
        text = text.replace(entity, character)
    text = f" {text} "
    for rule, replacement in ((UNSPACED, r" \1 "), *RULES_13A):
        text = rule.sub(replacement, text)
    return text.split()


def chrf(pairs: Iterable[tuple[str, str]]) -> float:
    """chrF2 as sacreBLEU defines it: F2 of the mean precision and the mean recall of the runs
    of one to six characters, white space left out; orders without runs do not count."""
    counts = [[0, 0, 0] for _ in range(CHRF_ORDER)]
    for expected, answer in pairs:
        wanted, found = "".join(expected.split()), "".join(answer.split())
        for n, sums in enumerate(counts, start=1):
            left, right = Counter(_runs(wanted, n)), Counter(_runs(found, n))
            sums[0] += (left & right).total()
            sums[1] += right.total() if left else 0
            sums[2] += left.total()
    usable = [sums for sums in counts if sums[1] and sums[2]]
    if not usable:
        return 0.0
    precision = sum(hits / made for hits, made, _ in usable) / len(usable)
    recall = sum(hits / wanted for hits, _, wanted in usable) / len(usable)
    weight = CHRF_BETA**2
    both = weight * precision + recall
    return (1 + weight) * precision * recall / both if both else 0.0


def _runs(items: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    if isinstance(items, str):
        return (items[i : i + size] for i in range(len(items) - size + 1))
    return zip(*(items[i:] for i in range(size)), strict=False)


def character_error_rate(pairs: Sequence[tuple[str, str]]) -> float:
    """Insertions, deletions and substitutions for each expected character, at most 1."""
    wanted = sum(len(expected) for expected, _ in pairs)
    edits = sum(distance(expected, answer) for expected, answer in pairs)
    return min(1.0, edits / wanted) if wanted else 0.0


def distance(first: str, second: str) -> int:
    """Levenshtein's distance, a column of the table at a time as bits (Hyyrö 2003)."""
    if not first or not second:
        return len(first) + len(second)
    places: dict[str, int] = {}
    for i, character in enumerate(first):
        places[character] = places.get(character, 0) | 1 << i
    everything, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, edits = everything, 0, len(first)
    for character in second:
        same = places.get(character, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right = down | ~(diagonal | up) & everything
        left = up & diagonal
        edits += bool(right & last) - bool(left & last)
        right, left = (right << 1 | 1) & everything, left << 1 & everything
        up, down = left | ~(diagonal | right) & everything, right & diagonal
    return edits
