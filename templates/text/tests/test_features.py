from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_project.errors import DataError, UsageError
from ml_project.features import fit_features, load_features
from ml_project.samples import record_reader
from ml_project.terms import count_terms, normalise
from ml_project.texts import joined
from ml_project.vocabulary import fit_terms, weigh
from tests.conftest import Make
from tests.places import Made


def test_width_case_and_space_do_not_matter() -> None:
    assert normalise("  Ｈello\n\tWORLD　") == "hello world"
    assert normalise(None) == ""


def test_words_pairs_and_runs_are_terms() -> None:
    terms = count_terms("To be, to be")
    assert terms["\x00to"] == 2 and terms["\x00to be"] == 2 and terms[" to"] == 2
    assert count_terms("你好")["\x00你 好"] == 1


def test_rare_terms_weigh_more_and_the_row_has_length_one() -> None:
    vocabulary, longest = fit_terms(["apple tree", "apple pie", "apple"], 1, 1000)
    numbers = {term: i + 1 for i, term in enumerate(vocabulary.terms)}
    found, weights = weigh("apple pie", numbers, vocabulary.weights, longest)
    by_term = {vocabulary.terms[n - 1]: w for n, w in zip(found, weights, strict=True)}
    assert by_term["\x00pie"] > by_term["\x00apple"]
    assert sum(w * w for w in weights) == pytest.approx(1)


@pytest.mark.parametrize("name", ["linear", "cnn"])
def test_features_survive_their_file(make: Make, tmp_path: Path, name: str) -> None:
    made = make("text_classification")
    settings = made.settings(f"model.name={name}")
    data = made.load(settings)
    features = fit_features(data.schema, data.table, settings)
    features.save(tmp_path / "features.json")
    again = load_features(tmp_path / "features.json")
    texts = ["the oven", "", "全新的 words", "🍎" * 5000, None]
    assert np.array_equal(features.transform_inputs(texts), again.transform_inputs(texts))
    assert features.transform_inputs(texts).shape == (5, *features.shape)
    assert features.measures(features.transform_inputs(texts))[1, 0] == 0


def test_a_missing_column_is_named(mini: Made) -> None:
    settings = mini.settings()
    data = mini.load(settings)
    name = data.schema.inputs[0].name
    del data.table.columns[name]
    with pytest.raises(DataError, match=name):
        fit_features(data.schema, data.table, settings)


def test_the_texts_of_several_columns_are_read_together() -> None:
    columns: dict[str, list[object]] = {
        "title": ["Hot oven", None, " "],
        "body": ["It burns", "No heat", None],
        "n": [1, 2, 3],
    }
    assert joined(columns, ["title", "body"]) == ["Hot oven\nIt burns", "No heat", None]
    info = {"columns": [{"name": "title", "role": "text"}, {"name": "body", "role": "text"}]}
    assert record_reader(info)({"title": "Hot oven", "body": "It burns"}) == "Hot oven\nIt burns"
    with pytest.raises(UsageError, match="body"):
        record_reader(info)({"title": "Hot oven"})
