"""Files of inputs as people have them."""

import json
from pathlib import Path

import pytest

from ml_project.answer_files import DATA, checked, read_inputs
from ml_project.errors import UsageError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = tmp_path / "new.csv"
    rows = [["城市", "price"], ["上海", "1,5" if delimiter != "," else "1.5"]]
    file.write_text("\n".join(delimiter.join(row) for row in rows), encoding=encoding)
    assert read_inputs(file) == [{"城市": "上海", "price": rows[1][1]}]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_bytes(b"\x80\xff\x00\xff")
    with pytest.raises(UsageError, match="not text in UTF-8"):
        read_inputs(file)


def test_lists_of_json(tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    for content in ([1, 2], {"inputs": [1, 2]}):
        file.write_text(json.dumps(content), encoding="utf-8")
        assert read_inputs(file) == [1, 2]
    file.write_text("5", encoding="utf-8")
    with pytest.raises(UsageError, match="expected a list"):
        read_inputs(file)


def test_the_first_fault_is_told() -> None:
    fault = {"field": "inputs[1]", "expected": "a number", "received": "text: x"}
    with pytest.raises(UsageError, match=r"inputs\[1\]: expected a number; received text: x"):
        checked(lambda inputs: (inputs, [fault]), [1, "x"])
    assert checked(lambda inputs: (inputs, []), [1]) == [1]


def test_only_the_project_s_own_rows_keep_their_number(tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text('row_id,"a;b;c"\n7,1\n', encoding="utf-8")
    assert read_inputs(file) == [{"a;b;c": "1"}]
    own = read_inputs(DATA / "mini" / "data.csv")
    assert "row_id" in own[0]
