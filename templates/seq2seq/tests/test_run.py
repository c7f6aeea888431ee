from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_project.evaluation import predict_run
from ml_project.export.export import export_run
from ml_project.family import NETWORKS, TASKS
from ml_project.models.store import checkpoint_path
from ml_project.onnx_model import OnnxModel
from ml_project.pairs import pairs_of
from ml_project.runs import read_run
from ml_project.table import sha256_of
from ml_project.training.compare import compare_model
from ml_project.training.run import train_run
from ml_project.training.state import Progress, StateFile
from tests.conftest import Make, new_job, with_callback
from tests.made import MODELS
from tests.places import Made

TIMES = {"started_at", "seconds", "train_seconds", "peak_memory_mb"}


def trained(made: Made, folder: Path, *overrides: str, name: str = NETWORKS[0]) -> Path:
    settings = made.settings(*options(name), "trainer.epochs=1", *overrides)
    data = made.load(settings)
    train_run(new_job(settings, data, folder), data, folder)
    return folder


def options(name: str) -> list[str]:
    return [f"model.name={name}", *MODELS.get(name, [])]


def test_a_run_leaves_its_evidence(mini: Made, tmp_path: Path) -> None:
    folder = trained(mini, tmp_path / "run")
    run = read_run(folder)
    assert run["checkpoint_sha256"] == sha256_of(checkpoint_path(folder))
    assert run["data_sha256"] == sha256_of(mini.folder / "data.csv")
    with (folder / "metrics.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["split"] for row in rows] == ["train", "valid"]
    assert all(np.isfinite(float(row["loss"])) for row in rows)


@pytest.mark.parametrize("name", MODELS)
def test_the_same_seed_gives_the_same_bytes(mini: Made, tmp_path: Path, name: str) -> None:
    folders = [trained(mini, tmp_path / part, name=name) for part in ("a", "b")]
    for file in (checkpoint_path(folders[0]).name, "valid.csv", "metrics.csv", "features.json"):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes(), file
    first, second = (read_run(folder) for folder in folders)
    assert {key for key in first if first[key] != second[key]} <= TIMES


def test_a_reloaded_model_predicts_the_same(mini: Made, tmp_path: Path) -> None:
    settings = mini.settings(*options("gru"), "trainer.epochs=1")
    data = mini.load(settings)
    folder = tmp_path / "run"
    fitted = train_run(new_job(settings, data, folder), data, folder)
    assert fitted is not None
    again = predict_run(folder, data)
    assert again.answers == fitted.translate(pairs_of(data.schema, data.table).sources)


def test_an_interrupted_training_ends_as_if_it_had_not_been(mini: Made, tmp_path: Path) -> None:
    overrides = ["trainer.epochs=3", "trainer.save_seconds=0"]
    whole = trained(mini, tmp_path / "whole", *overrides)
    settings = mini.settings(*options(NETWORKS[0]), *overrides)
    data = mini.load(settings)
    folder = tmp_path / "broken"
    job = new_job(settings, data, folder)
    with pytest.raises(KeyboardInterrupt):
        train_run(with_callback(job, stop_after_two), data, folder)
    state = StateFile(folder, 0, resume=folder)
    train_run(replace(job, state=state), data, folder)
    for file in (checkpoint_path(whole).name, "valid.csv", "metrics.csv"):
        assert (folder / file).read_bytes() == (whole / file).read_bytes(), file


def stop_after_two(progress: Progress) -> None:
    if progress.epoch == 2:
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", ["copy", *MODELS])
def test_the_export_answers_as_the_model(make: Make, tmp_path: Path, name: str) -> None:
    check_export(make(TASKS[0]), tmp_path, name=name)


def test_the_shipped_sample_is_exported(mini: Made, tmp_path: Path) -> None:
    check_export(mini, tmp_path, "data.source_merges=10", "data.target_merges=10")


def check_export(made: Made, tmp_path: Path, *overrides: str, name: str = NETWORKS[0]) -> None:
    folder = trained(made, tmp_path / "run", *overrides, name=name)
    data = made.load(made.settings())
    output = tmp_path / "models" / "current"
    parity = export_run(folder, data.schema, output)
    assert parity["passed"] and parity["batches"] == [1, 7, 64]
    model = OnnxModel(output)
    samples = json.loads((output / "samples.json").read_text(encoding="utf-8"))
    assert model.predict([sample["input"] for sample in samples]) == [
        sample["output"] for sample in samples
    ]
    expected = predict_run(folder, data).answers
    answers = model.predict(pairs_of(data.schema, data.table).sources)
    assert [answer["text"] for answer in answers] == expected


def test_comparison_predicts_every_row_once(mini: Made, tmp_path: Path) -> None:
    settings = mini.settings("model.name=nearest")
    data = mini.load(settings)
    result = compare_model(new_job(settings, data), data, 3, tmp_path)
    with (tmp_path / "oof.csv").open(encoding="utf-8") as stream:
        ids = [row["row_id"] for row in csv.DictReader(stream)]
    assert sorted(ids) == sorted(data.table.row_ids)
    assert result["folds"] == 3
