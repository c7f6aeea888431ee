"""How close translations are to the expected texts: over the whole corpus, as shares of 1."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence

Metrics = dict[str, "float | None"]
Pair = tuple[str, str]
BLEU_ORDER = 4
CHRF_ORDER = 6
CHRF_BETA = 2
# Han, kana, their punctuation and full-width forms, which are written without spaces.
UNSPACED = re.compile(
    "([\u2e80-\u9fff\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff])"
)
ENTITIES = (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"))
RULES = (
    (UNSPACED, r" \1 "),
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def sequence_metrics(truth: Sequence[str], answers: Sequence[str]) -> Metrics:
    """`exact_match` is the share of equal texts."""
    pairs = list(zip(truth, answers, strict=True))
    return {
        "bleu": bleu(pairs),
        "chrf": chrf(pairs),
        "exact_match": sum(wanted == found for wanted, found in pairs) / max(1, len(pairs)),
        "cer": character_error_rate(pairs),
    }


def bleu(pairs: Iterable[Pair]) -> float:
    """BLEU-4 of sacreBLEU 2: one reference, brevity penalty, exponential smoothing.

    Tokens are those of its rule `13a`, each Han or kana character being one as in its rule `zh`.
    """
    matched, made = [0] * BLEU_ORDER, [0] * BLEU_ORDER
    wanted_length = found_length = 0
    for wanted, found in ((tokens(first), tokens(second)) for first, second in pairs):
        wanted_length, found_length = wanted_length + len(wanted), found_length + len(found)
        for n in range(BLEU_ORDER):
            grams = Counter(zip(*(found[i:] for i in range(n + 1)), strict=False))
            expected = Counter(zip(*(wanted[i:] for i in range(n + 1)), strict=False))
            matched[n] += (grams & expected).total()
            made[n] += grams.total()
    if not any(matched) or not all(made):
        return 0.0
    halvings, logarithm = 0, 0.0
    for hits, total in zip(matched, made, strict=True):
        halvings += hits == 0
        logarithm += math.log((hits or 0.5**halvings) / total)
    return math.exp(min(0.0, 1 - wanted_length / found_length) + logarithm / BLEU_ORDER)


def tokens(text: str) -> list[str]:
    for entity, character in ENTITIES:
        text = text.replace(entity, character)
    text = f" {text} "
    for rule, replacement in RULES:
        text = rule.sub(replacement, text)
    return text.split()


def chrf(pairs: Iterable[Pair]) -> float:
    """chrF2 of sacreBLEU 2: F2 of the mean precision and the mean recall of the runs of one to
    six characters, white space left out; lengths of which one side has no run do not count."""
    counts = [[0, 0, 0] for _ in range(CHRF_ORDER)]
    for pair in pairs:
        wanted, found = ("".join(text.split()) for text in pair)
        for n, sums in enumerate(counts, start=1):
            expected, runs = _runs(wanted, n), _runs(found, n)
            sums[0] += (expected & runs).total()
            sums[1] += runs.total() if expected else 0
            sums[2] += expected.total()
    usable = [sums for sums in counts if sums[1] and sums[2]]
    if not any(hits for hits, _, _ in usable):
        return 0.0
    precision = sum(hits / made for hits, made, _ in usable) / len(usable)
    recall = sum(hits / wanted for hits, _, wanted in usable) / len(usable)
    weight = CHRF_BETA**2
    return (1 + weight) * precision * recall / (weight * precision + recall)


def _runs(text: str, size: int) -> Counter[str]:
    return Counter(text[i : i + size] for i in range(len(text) - size + 1))


def character_error_rate(pairs: Sequence[Pair]) -> float:
    """Characters to insert, delete or replace for each one expected; above 1 for long answers."""
    wanted = sum(len(expected) for expected, _ in pairs)
    edits = sum(distance(expected, answer) for expected, answer in pairs)
    return edits / wanted if wanted else float(edits > 0)


def distance(first: str, second: str) -> int:
    """Levenshtein's distance, a column of its table at a time as bits (Hyyrö 2003)."""
    if not first or not second:
        return len(first) + len(second)
    places: dict[str, int] = {}
    for i, character in enumerate(first):
        places[character] = places.get(character, 0) | 1 << i
    every, last = (1 << len(first)) - 1, 1 << (len(first) - 1)
    up, down, edits = every, 0, len(first)
    for character in second:
        same = places.get(character, 0)
        diagonal = (((same & up) + up) ^ up) | same | down
        right, left = down | ~(diagonal | up) & every, up & diagonal
        edits += bool(right & last) - bool(left & last)
        right, left = (right << 1 | 1) & every, left << 1 & every
        up, down = left | ~(diagonal | right) & every, right & diagonal
    return edits
