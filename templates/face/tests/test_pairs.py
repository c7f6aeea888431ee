from __future__ import annotations

import numpy as np
import pytest

from ml_project import pairs as module
from ml_project.errors import DataError
from ml_project.pairs import make_pairs
from ml_project.splits import FEWEST, fold_numbers, split_people

PEOPLE = np.random.default_rng(2).integers(0, 30, 200)


def test_every_pair_occurs_once_and_knows_its_kind() -> None:
    pairs = make_pairs(PEOPLE)
    verify = ~pairs.search
    assert verify.sum() == 200 * 199 // 2
    assert len({*zip(pairs.a[verify], pairs.b[verify], strict=True)}) == verify.sum()
    assert np.array_equal(pairs.same, PEOPLE[pairs.a] == PEOPLE[pairs.b])


def test_each_search_meets_one_image_of_everybody() -> None:
    pairs = make_pairs(PEOPLE)
    for asked in np.unique(pairs.a[pairs.search]):
        met = pairs.b[pairs.search & (pairs.a == asked)]
        assert sorted(PEOPLE[met]) == sorted(np.unique(PEOPLE)) and asked not in met


def test_pairs_of_a_part_are_pairs_of_the_whole() -> None:
    rows = np.flatnonzero(PEOPLE < 10)
    part, whole = make_pairs(PEOPLE[rows]), make_pairs(PEOPLE)
    known = set(zip(whole.a, whole.b, whole.search, strict=True))
    assert set(zip(rows[part.a], rows[part.b], part.search, strict=True)) <= known


def test_many_images_give_as_many_pairs_as_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in {"GENUINE": 90, "IMPOSTOR": 400, "SEARCHED": 600}.items():
        monkeypatch.setattr(module, name, most)
    first, again = make_pairs(PEOPLE), make_pairs(PEOPLE)
    kinds = [first.same & ~first.search, ~first.same & ~first.search, first.search]
    assert [int(kind.sum()) for kind in kinds] == [90, 400, 600]
    assert np.array_equal(first.a, again.a) and np.array_equal(first.b, again.b)


def test_nobody_is_on_both_sides() -> None:
    train, valid = split_people(PEOPLE, 0.2, 1)
    assert not {*PEOPLE[train]} & {*PEOPLE[valid]}
    assert len(train) + len(valid) == 200 and len({*PEOPLE[valid]}) == 6
    numbers = fold_numbers(PEOPLE, 5, 1)
    assert all(len({*numbers[person == PEOPLE]}) == 1 for person in np.unique(PEOPLE))


def test_each_fold_has_several_people_or_there_are_fewer_folds() -> None:
    people = np.arange(14).repeat(2)
    numbers = fold_numbers(people, 5, 0)
    assert [len({*people[numbers == fold]}) >= FEWEST for fold in np.unique(numbers)] == [True] * 4


@pytest.mark.parametrize("count", [1, 2, 2 * FEWEST - 1])
def test_too_few_people_are_told(count: int) -> None:
    people = np.arange(count).repeat(5)
    with pytest.raises(DataError, match=f"{count} people"):
        split_people(people, 0.2, 0)
    with pytest.raises(DataError, match="at least"):
        fold_numbers(people, 3, 0)
