from __future__ import annotations

import csv
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ml_project.errors import UsageError
from ml_project.public_data import bring


def test_a_data_set_of_scikit_learn_becomes_a_table(tmp_path: Path) -> None:
    output = tmp_path / "full" / "data.csv"
    assert bring("iris", "sklearn", "train", output) == 150
    with output.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["sepal length (cm)"] == "5.1" and rows[0]["target"] == "setosa"


class Rows(list[Any]):
    def __init__(self, rows: list[Any]) -> None:
        super().__init__(rows)
        self.features: dict[str, Any] = {}


def hub_with(rows: Rows | Exception) -> ModuleType:
    """Speaks as the library of a hub does; no test may need the network."""

    def load_dataset(name: str, part: str | None, split: str) -> Rows:
        assert (name, part, split) == ("someone/pairs", "en-zh", "train")
        if isinstance(rows, Exception):
            raise rows
        return rows

    module = ModuleType("datasets")
    module.__dict__["load_dataset"] = load_dataset
    return module


def test_nested_fields_and_named_labels_are_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Label:
        def int2str(self, number: int) -> str:
            return ["no", "yes"][number]

    rows = Rows([{"translation": {"en": "tea", "zh": "茶"}, "good": 1}])
    rows.features = {"good": Label()}
    monkeypatch.setitem(sys.modules, "datasets", hub_with(rows))
    output = tmp_path / "data.csv"
    assert bring("someone/pairs:en-zh", "huggingface", "train", output) == 1
    assert output.read_text(encoding="utf-8") == "en,zh,good\ntea,茶,yes\n"


@pytest.mark.parametrize("hub", ["huggingface", "modelscope"])
def test_a_missing_library_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: str
) -> None:
    for name in ("datasets", "modelscope"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match="pip install"):
        bring("someone/pairs", hub, "train", tmp_path / "data.csv")


def test_a_closed_network_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", hub_with(OSError("no route to host")))
    with pytest.raises(UsageError, match="did not give it: no route"):
        bring("someone/pairs:en-zh", "huggingface", "train", tmp_path / "data.csv")
    with pytest.raises(UsageError, match="no data set"):
        bring("../etc", "sklearn", "train", tmp_path / "data.csv")
