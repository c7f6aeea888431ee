from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_project.errors import DataError
from ml_project.features import fit_features, load_features
from ml_project.merges import learn_merges, split
from ml_project.models.baselines import fit_baseline
from ml_project.pairs import Pairs, pairs_of
from ml_project.symbols import END, UNKNOWN, fit_symbols
from ml_project.texts import normalise
from ml_project.training.data import Data, folds_of, held_out
from ml_project.translators.nearest import fit_nearest
from tests.conftest import Make
from tests.made import MODELS
from tests.places import Made


def test_composed_letters_and_white_space_have_one_form() -> None:
    assert normalise("  Sa\u0301o\n Paulo\u3000") == "Sáo Paulo"
    assert normalise(None) == ""


def test_symbols_are_characters_and_come_back_as_text() -> None:
    symbols = fit_symbols(["abc", "cab d"], 0, 1, 100)
    assert symbols.decode(symbols.encode("bad cab")) == "bad cab"
    assert symbols.encode("")[-1] == END


def test_rare_symbols_are_unknown_but_for_the_letter_below_a_mark() -> None:
    symbols = fit_symbols(["aeo", "aeo", "x"], 0, 2, 100)
    assert symbols.encode("ạéỗ") == symbols.encode("aeo")
    assert symbols.encode("x") == [UNKNOWN, END]
    assert symbols.decode([UNKNOWN, *symbols.encode("a")]) == "a"


def test_only_the_most_frequent_symbols_are_known() -> None:
    assert fit_symbols(["aab", "ab", "a"], 0, 1, 1).names == ["a"]


def test_frequent_runs_become_symbols_and_stay_within_words() -> None:
    texts = ["low lower", "lowest low", "slow low"]
    merges = learn_merges(texts, 10)
    ranks = {pair: i for i, pair in enumerate(merges)}
    assert split("low lowest", ranks) == ["low", " low", "e", "s", "t"]
    assert all("".join(split(text, ranks)) == text for text in [*texts, "我们 low"])


def test_what_was_seen_is_answered_exactly_and_the_rest_by_the_most_similar() -> None:
    pairs = Pairs(["Kingdom of A", "Republic of B", "B", "B", "B"], ["王国", "共和国", *"乙丙丙"])
    nearest = fit_nearest(pairs, 3)
    assert nearest.answers == ["王国", "共和国", "丙"]
    texts = ["B", "republic of C", "kingdom of c", "Kingdom of B"]
    answers = nearest.translate(texts, fit_baseline("nearest", nearest).graph)
    assert answers == ["丙", "共和国", "王国", "王国"]


@pytest.mark.parametrize("name", ["copy", *MODELS])
def test_features_survive_their_file(make: Make, tmp_path: Path, name: str) -> None:
    made = make("sequence_to_sequence")
    settings = made.settings(f"model.name={name}", "data.source_merges=5")
    data = made.load(settings)
    features = fit_features(data.schema, pairs_of(data.schema, data.table), settings)
    features.save(tmp_path / "features.json")
    assert load_features(tmp_path / "features.json") == features


def test_length_and_uncommon_characters_are_measured(make: Make) -> None:
    made = make("sequence_to_sequence")
    settings = made.settings("model.name=copy")
    data = made.load(settings)
    features = fit_features(data.schema, pairs_of(data.schema, data.table), settings)
    assert features.measures(["abc", "ab语😀"]).tolist() == [[3, 0], [4, 0.5]]
    assert features.limit == 4 * max(map(len, pairs_of(data.schema, data.table).sources))


def test_rows_with_an_empty_side_are_left_out(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    made = make("sequence_to_sequence")
    with caplog.at_level(logging.WARNING):
        data = made.load(made.settings())
    assert len(data.table) == 158 and not {"40", "50"} & set(data.table.row_ids)
    assert "2 of 160 rows have an empty side" in caplog.text


def test_rows_with_the_same_source_stay_together(mini: Made) -> None:
    data = mini.load(mini.settings())
    count = min(40, len(data.table))
    twice = Data(data.schema, data.table.take([*range(count)] * 2), data.sha256)
    sources = np.array(pairs_of(twice.schema, twice.table).sources)
    for held in [held_out(twice, 0.3, 0), *folds_of(twice, 4, 0)]:
        rest = np.setdiff1d(np.arange(2 * count), held)
        assert len(held) and not set(sources[held]) & set(sources[rest])
    assert sorted(np.concatenate(folds_of(twice, 4, 0)).tolist()) == [*range(2 * count)]


def test_a_schema_without_a_source_is_refused(mini: Made) -> None:
    data = mini.load(mini.settings())
    columns = tuple(column for column in data.schema.columns if column.role != "source")
    with pytest.raises(DataError, match="role source"):
        pairs_of(replace(data.schema, columns=columns), data.table)
