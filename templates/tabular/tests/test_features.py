from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ml_project.config import load_config
from ml_project.encoders import fit_encoder
from ml_project.errors import DataError
from ml_project.features import (
    Features,
    Matrix,
    features_from,
    fit_features,
    load_features,
)
from ml_project.schema import Column
from ml_project.table import read_table
from tests.conftest import Make
from tests.made import ODD_NAMES
from tests.places import CONFIG, Made


def fitted(role: str, cells: Sequence[object]) -> Features:
    data = load_config(CONFIG).data
    return features_from([fit_encoder(Column("c", role, {}), cells, data)])


def transformed(role: str, cells: Sequence[object], later: Sequence[object]) -> Matrix:
    return fitted(role, cells).transform({"c": later})


def test_numbers_are_standardised_and_gaps_marked() -> None:
    x = transformed("numeric", ["1", "2", "3", None], ["1", "2", "3", None, "oops"])
    assert x[:3, 0].mean() == pytest.approx(0, abs=1e-6)
    assert x[3].tolist() == x[4].tolist() == [x[1, 0], 1.0]


def test_a_constant_column_never_acts() -> None:
    assert transformed("numeric", ["5", "5"], ["5", "1e300"]).tolist() == [[0.0], [0.0]]


def test_heavy_tails_stay_finite() -> None:
    x = transformed("numeric", [*map(str, range(99)), "1e9"], ["1e300", "-1e300"])
    assert np.isfinite(x).all()


def test_an_unseen_or_missing_category_is_code_zero() -> None:
    x = transformed("categorical", ["a", "a", "b", "b", "b"], ["b", "a", "new", None, ""])
    assert x[:, 0].tolist() == [1, 2, 0, 0, 0]


def test_json_values_mean_the_same_as_csv_text() -> None:
    x = transformed("categorical", ["4", "4", "8", "8"], ["8", 8, 8.0])
    assert len(set(x[:, 0].tolist())) == 1
    truth = transformed("boolean", ["yes", "yes", "no", "no"], ["yes", True, 1, "TRUE"])
    assert len(set(truth[:, 0].tolist())) == 1


def test_a_date_gives_only_the_parts_that_vary() -> None:
    features = fitted("datetime", ["2020-01-01", "2021-01-01", "2022-01-01"])
    assert list(features.encoders[0]["parts"]) == ["year", "weekday", "days"]


def test_words_of_a_text_become_columns() -> None:
    x = transformed("text", ["ford pinto", "ford ltd", "fiat uno"], ["FORD!", "fiat", None])
    assert x.tolist() == [[1.0], [0.0], [0.0]]


def test_a_table_without_usable_columns_still_has_a_width() -> None:
    assert features_from([]).transform({"c": ["1", "2"]}).shape == (2, 1)


def test_odd_names_and_reloading(make: Make, tmp_path: Path) -> None:
    made = make("tabular_classification")
    settings = made.settings()
    data = made.load(settings)
    features = fit_features(data.schema, data.table, settings)
    x = features.transform(data.table.columns)
    features.save(tmp_path / "features.json")
    again = load_features(tmp_path / "features.json")
    rows = [{name: cells[i] for name, cells in data.table.columns.items()} for i in range(len(x))]
    assert np.array_equal(again.transform_inputs(rows), x)
    assert {item["name"] for item in again.encoders} >= set(ODD_NAMES)
    assert again.transform_inputs([{}]).shape == (1, features.width)


def test_a_missing_column_is_named(make: Make) -> None:
    made = make("tabular_regression")
    data = made.load(made.settings())
    del data.table.columns["🍎"]
    with pytest.raises(DataError, match="🍎"):
        fit_features(data.schema, data.table, made.settings())


@pytest.mark.parametrize("content", ["a,b\n1\n", "a,a\n1,2\n", 'a\n"x', ""])
def test_a_broken_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError):
        read_table(path)


def test_the_shipped_sample_becomes_finite_numbers(mini: Made) -> None:
    settings = mini.settings()
    data = mini.load(settings)
    features = fit_features(data.schema, data.table, settings)
    x = features.transform(data.table.columns)
    assert x.dtype == np.float32 and x.shape == (len(data.table), features.width)
    assert np.isfinite(x).all()
