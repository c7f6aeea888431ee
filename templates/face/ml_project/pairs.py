"""Which images are compared: genuine pairs show one person, impostor pairs two, and each search
compares an image with one enrolled image of every person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_project.people import People

Rows = NDArray[np.int64]
GENUINE, IMPOSTOR, SEARCHED = 10_000, 50_000, 200_000  # comparisons at most
SEED = 20  # of the choice where there would be more; the same for every model


@dataclass(frozen=True)
class Pairs:
    """Places in a table. Of a search, `a` is the image that is asked for and `b` the enrolled
    one; of the others, `a` comes first in the table."""

    a: Rows
    b: Rows
    same: NDArray[np.bool_]
    search: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.a)


def make_pairs(people: People) -> Pairs:
    random = np.random.default_rng(SEED)
    genuine, impostor = _genuine(people, random), _impostor(people, random)
    searches = _searches(people, random)
    a, b = np.concatenate([genuine, impostor, searches], axis=1)
    search = np.arange(len(a)) >= genuine.shape[1] + impostor.shape[1]
    return Pairs(a, b, people[a] == people[b], search)


def _genuine(people: People, random: np.random.Generator) -> Rows:
    """All pairs of each person; of very many a part."""
    parts: list[Rows] = [np.zeros((2, 0), dtype=np.int64)]
    for person in np.unique(people):
        rows = np.flatnonzero(people == person)
        parts.append(rows[np.stack(np.triu_indices(len(rows), 1))])
    return _some(np.concatenate(parts, axis=1), GENUINE, random)


def _impostor(people: People, random: np.random.Generator) -> Rows:
    """All pairs where there are few images, else as many as are wanted, drawn at random."""
    count = len(people)
    if count * (count - 1) // 2 <= 20 * IMPOSTOR:
        pairs = np.stack(np.triu_indices(count, 1))
    else:
        drawn = np.sort(random.integers(0, count, (2, 2 * IMPOSTOR)), axis=0)
        pairs = np.unique(drawn, axis=1)
    return _some(pairs[:, people[pairs[0]] != people[pairs[1]]], IMPOSTOR, random)


def _searches(people: People, random: np.random.Generator) -> Rows:
    """Closed set: the first image of each person is enrolled, the others are asked for."""
    enrolled = np.unique(people, return_index=True)[1]
    asked = np.setdiff1d(np.arange(len(people)), enrolled)
    most = max(1, SEARCHED // max(1, len(enrolled)))
    asked = _some(asked[None], most, random)[0]
    return np.stack([asked.repeat(len(enrolled)), np.tile(enrolled, len(asked))])


def _some(columns: Rows, most: int, random: np.random.Generator) -> Rows:
    if columns.shape[1] <= most:
        return columns
    return columns[:, np.sort(random.choice(columns.shape[1], most, replace=False))]
