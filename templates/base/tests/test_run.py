from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml_project.evaluation import predict_run
from ml_project.export.export import export_run
from ml_project.family import TASKS
from ml_project.models.store import checkpoint_path
from ml_project.onnx_model import OnnxModel
from ml_project.runs import read_run
from ml_project.table import Table, sha256_of
from ml_project.training.compare import compare_model
from ml_project.training.data import split_data
from ml_project.training.fit import fit
from ml_project.training.run import train_run
from ml_project.training.state import Progress, StateFile
from tests.conftest import Make, new_job, with_callback
from tests.made import MODELS
from tests.places import Made

TIMES = {"started_at", "seconds", "train_seconds", "peak_memory_mb"}


def trained(made: Made, folder: Path, *overrides: str) -> Path:
    settings = made.settings("trainer.epochs=1", *overrides)
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
    folders = [trained(mini, tmp_path / part, *options(name)) for part in ("a", "b")]
    for file in (checkpoint_path(folders[0]).name, "valid.csv", "metrics.csv", "features.json"):
        assert (folders[0] / file).read_bytes() == (folders[1] / file).read_bytes(), file
    first, second = (read_run(folder) for folder in folders)
    assert {key for key in first if first[key] != second[key]} <= TIMES


def test_a_reloaded_model_predicts_the_same(mini: Made, tmp_path: Path) -> None:
    settings = mini.settings("trainer.epochs=1")
    data = mini.load(settings)
    folder = tmp_path / "run"
    fitted = train_run(new_job(settings, data, folder), data, folder)
    assert fitted is not None
    again = predict_run(folder, data)
    assert np.array_equal(again.outputs, fitted.predict(data.table))


def test_every_row_is_trained_on(mini: Made, tmp_path: Path) -> None:
    """Two rows with exchanged targets leave nothing as it was but the order of the targets."""
    settings = mini.settings("trainer.epochs=1")
    data = mini.load(settings)
    train, valid = split_data(data, settings.data.valid_fraction, settings.seed)
    job = new_job(settings, data)
    plain = fit(job, train, valid).model.save(tmp_path).read_bytes()
    targets = train.columns[data.schema.target]
    pairs = [(i, j) for i in range(5) for j in range(5, len(train)) if targets[i] != targets[j]]
    for i, j in pairs[:: max(1, len(pairs) // 4)]:
        exchanged = list(targets)
        exchanged[i], exchanged[j] = targets[j], targets[i]
        other = Table(train.row_ids, {**train.columns, data.schema.target: exchanged})
        assert fit(job, other, valid).model.save(tmp_path).read_bytes() != plain, (i, j)


def test_an_interrupted_training_ends_as_if_it_had_not_been(mini: Made, tmp_path: Path) -> None:
    overrides = ["trainer.epochs=3", "trainer.save_seconds=0"]
    whole = trained(mini, tmp_path / "whole", *overrides)
    settings = mini.settings(*overrides)
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


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MODELS)
def test_the_export_answers_as_the_model(make: Make, tmp_path: Path, task: str, name: str) -> None:
    check_export(make(task), tmp_path, *options(name))


@pytest.mark.parametrize("task", TASKS)
def test_a_baseline_is_exported_too(make: Make, tmp_path: Path, task: str) -> None:
    name = "majority" if task.endswith("classification") else "mean"
    check_export(make(task), tmp_path, *options(name))


def test_the_shipped_sample_is_exported(mini: Made, tmp_path: Path) -> None:
    check_export(mini, tmp_path)


def check_export(made: Made, tmp_path: Path, *overrides: str) -> None:
    folder = trained(made, tmp_path / "run", *overrides)
    data = made.load(made.settings())
    output = tmp_path / "models" / "current"
    parity = export_run(folder, data.schema, output)
    assert parity["passed"] and parity["batches"] == [1, 7, 64]
    model = OnnxModel(output)
    samples = json.loads((output / "samples.json").read_text(encoding="utf-8"))
    assert model.predict([sample["input"] for sample in samples]) == [
        sample["output"] for sample in samples
    ]
    expected = predict_run(folder, data).outputs
    exported = model.run(model.features.transform(data.table.columns))
    assert np.allclose(exported, expected, atol=max(1e-3, parity["tolerance"]))


def test_comparison_predicts_every_row_once(mini: Made, tmp_path: Path) -> None:
    settings = mini.settings("model.name=linear")
    data = mini.load(settings)
    result = compare_model(new_job(settings, data), data, 3, tmp_path)
    with (tmp_path / "oof.csv").open(encoding="utf-8") as stream:
        ids = [row["row_id"] for row in csv.DictReader(stream)]
    assert sorted(ids) == sorted(data.table.row_ids)
    assert result["folds"] == 3
