"""Cuts pairs of texts into units: a run of the one text with the run of the other it became.

The likeliest cuts are found by expectation maximisation over all of them, as for joint-sequence
models (Bisani & Ney 2008). Units keep the order of both texts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Unit = tuple[str, str]
Numbers = NDArray[np.int64]
Weights = NDArray[np.float64]
REACH = 2.5  # times the usual number of characters that stand for one of the other text
LONGEST = 6  # characters of a run
LONGEST_ALONE = 2  # of a run that became nothing
ALONE = 0.01  # first guess of a weight for each character that has no counterpart
SMALL = 0.01  # keeps products of first guesses far from infinity
ROUNDS = 5
MOST_CHARACTERS = 48  # of a text; longer pairs tell little about units, and their odds underflow
MOST_ARCS = 3_000_000  # beyond, every second pair is left out, or more


@dataclass(frozen=True)
class Arcs:
    """Every unit in every pair leads from a place (characters done of both texts) to a later one.
    Sorted by the number of characters before their end: `levels` says where each begins."""

    units: list[Unit]
    kinds: Numbers  # the unit of each arc
    begins: Numbers
    ends: Numbers
    levels: list[slice]
    first: Numbers  # the place at which each pair begins, and the one at which it ends
    last: Numbers


def align(pairs: Sequence[Unit]) -> list[list[Unit]]:
    """The units of each pair in order. Pairs that no cuts lead through are left out."""
    short = [pair for pair in pairs if max(map(len, pair)) <= MOST_CHARACTERS]
    if not short:
        return []
    ratio = sum(len(a) for a, _ in short) / sum(len(b) for _, b in short)
    shapes = _shapes(ratio)
    size = sum((len(a) + 1) * (len(b) + 1) for a, b in short) * len(shapes)
    arcs = _cut(short[:: math.ceil(size / MOST_ARCS)], shapes)
    weights = np.array([_guess(unit, ratio) for unit in arcs.units])
    for _ in range(ROUNDS):
        weights = _improve(arcs, weights)
    return list(_likeliest(arcs, weights))


def _shapes(ratio: float) -> list[tuple[int, int]]:
    """How many characters of both texts a unit may have: one of a side at most."""
    most = [min(LONGEST, max(1, round(REACH * times))) for times in (ratio, 1 / ratio)]
    shapes = [(a, 1) for a in range(1, most[0] + 1)] + [(1, b) for b in range(2, most[1] + 1)]
    shapes += [(a, 0) for a in range(1, min(LONGEST_ALONE, most[0]) + 1)]
    return shapes + [(0, b) for b in range(1, min(LONGEST_ALONE, most[1]) + 1)]


def _guess(unit: Unit, ratio: float) -> float:
    """Equal runs are likely, as are lengths in the usual relation."""
    if unit[0] == unit[1]:
        return 1.0
    source, target = map(len, unit)
    if not source or not target:
        return SMALL * ALONE ** max(source, target)
    usual = max(1.0, ratio), max(1.0, 1 / ratio)
    return SMALL * math.exp(-abs(source - usual[0]) - abs(target - usual[1]))


def _cut(pairs: Sequence[Unit], shapes: Sequence[tuple[int, int]]) -> Arcs:
    numbers: dict[Unit, int] = {}
    parts: list[tuple[Numbers, Numbers, Numbers]] = []
    kinds: list[int] = []
    sizes = [(len(source) + 1) * (len(target) + 1) for source, target in pairs]
    first = np.cumsum([0, *sizes])
    for (source, target), start in zip(pairs, first.tolist(), strict=False):
        width = len(target) + 1
        for a, b in shapes:
            lefts = [source[i : i + a] for i in range(len(source) - a + 1)]
            rights = [target[j : j + b] for j in range(len(target) - b + 1)]
            kinds += [numbers.setdefault((x, y), len(numbers)) for x in lefts for y in rights]
            i, j = np.indices((len(lefts), len(rights))).reshape(2, -1)
            parts.append((start + i * width + j, start + (i + a) * width + j + b, i + j + a + b))
    begins, ends, depth = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(depth, kind="stable")
    starts = np.searchsorted(depth[order], np.arange(depth.max() + 2))
    levels = [slice(a, b) for a, b in itertools.pairwise(starts.tolist())]
    return Arcs(
        list(numbers),
        np.array(kinds, dtype=np.int64)[order],
        begins[order],
        ends[order],
        levels,
        first[:-1],
        first[1:] - 1,
    )


def _improve(arcs: Arcs, weights: Weights) -> Weights:
    """How often each unit is expected in all pairs, as a share."""
    own = weights[arcs.kinds]
    places = int(arcs.last[-1]) + 1
    before, after = np.zeros(places), np.zeros(places)
    before[arcs.first], after[arcs.last] = 1.0, 1.0
    for level in arcs.levels:
        np.add.at(before, arcs.ends[level], before[arcs.begins[level]] * own[level])
    for level in reversed(arcs.levels):
        np.add.at(after, arcs.begins[level], after[arcs.ends[level]] * own[level])
    whole = np.repeat(before[arcs.last], arcs.last - arcs.first + 1)[arcs.begins]
    odds = before[arcs.begins] * own * after[arcs.ends]
    shares = np.divide(odds, whole, out=np.zeros(len(odds)), where=whole > 0)
    expected = np.bincount(arcs.kinds, shares, len(arcs.units))
    improved: Weights = expected / expected.sum()
    return improved


def _likeliest(arcs: Arcs, weights: Weights) -> Iterator[list[Unit]]:
    with np.errstate(divide="ignore"):
        own = np.log(weights)[arcs.kinds]
    places = int(arcs.last[-1]) + 1
    best, arrival = np.full(places, -np.inf), np.full(places, -1)
    best[arcs.first] = 0.0
    for level in arcs.levels:
        ends = arcs.ends[level]
        scores = best[arcs.begins[level]] + own[level]
        np.maximum.at(best, ends, scores)
        reached = np.flatnonzero((scores == best[ends]) & np.isfinite(scores))
        arrival[ends[reached]] = reached + level.start
    for first, last in zip(arcs.first, arcs.last, strict=True):
        units: list[Unit] = []
        place = last
        while place != first and arrival[place] >= 0:
            units.append(arcs.units[arcs.kinds[arrival[place]]])
            place = arcs.begins[arrival[place]]
        if place == first:
            yield units[::-1]
