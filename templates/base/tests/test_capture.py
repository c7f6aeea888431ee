"""What the service keeps of its requests, and that it is off unless asked for."""

from __future__ import annotations

import json
from pathlib import Path

from ml_project.serving.capture import Capture
from ml_project.serving.settings import read_settings


def test_lines_are_kept_until_the_file_has_its_size(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "requests.jsonl"
    capture = Capture(file, 200)
    for _ in range(20):
        capture.keep([{"a": 1}], [{"label": "x"}])
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines[0]["input"] == {"a": 1}
    assert lines[0]["prediction"] == "x"
    assert 0 < file.stat().st_size <= 200
    again = Capture(file, 200)
    again.keep([{"a": 2}] * 9, [{"label": "y"}] * 9)
    assert file.stat().st_size <= 200


def test_texts_are_kept_and_the_chances_of_labels(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    capture = Capture(file, 10_000)
    capture.keep(["Guten Tag"], [{"text": "Good day"}])
    capture.keep([{"a": 1}], [{"label": "x", "probabilities": {"x": 0.9, "y": 0.1}}])
    first, second = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    assert (first["input"], first["prediction"]) == ({"input": "Guten Tag"}, "Good day")
    assert "scores" not in first and second["scores"] == {"x": 0.9, "y": 0.1}


def test_nothing_is_kept_unless_asked_for_and_no_fault_costs_an_answer(tmp_path: Path) -> None:
    Capture(None, 200).keep([{"a": 1}], [{"value": 1.5}])
    Capture(tmp_path, 10_000_000).keep(["text"], [{"value": 1.5}])
    assert list(tmp_path.iterdir()) == []
    assert read_settings({}).capture_file is None
    given = read_settings({"CAPTURE_FILE": "x.jsonl", "CAPTURE_BYTES": "10"})
    assert (given.capture_file, given.capture_bytes) == (Path("x.jsonl"), 10)
