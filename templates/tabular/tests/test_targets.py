"""Grades and counts, and the models that are made for them."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from ml_project.errors import UsageError
from ml_project.export.export import export_run
from ml_project.training.examples import target_of
from ml_project.training.fit import fit
from ml_project.training.run import train_run
from tests.conftest import new_job
from tests.places import Made, write_csv

GRADES = ["poor", "fair", "good", "excellent"]
FITTING = [
    ("grades", "ordinal"),
    ("counts", "poisson"),
    ("counts", "poisson_boosting"),
    ("costs", "median_boosting"),
]


def make_target(folder: Path, kind: str) -> Made:
    rng = random.Random(5)
    rows: list[list[object]] = [["row_id", "size", "kind", "answer"]]
    for i in range(300):
        size, shade = rng.gauss(0, 1), rng.choice(["a", "b"])
        level = size + (shade == "b")
        count = np.random.default_rng(i).poisson(np.exp(0.8 * level))
        cost = 5 + np.exp(level + (4 if i % 10 == 0 else 0))  # one in ten far beyond the others
        grade = GRADES[int(np.digitize(level + rng.gauss(0, 0.1), [-0.5, 0.5, 1.5]))]
        answer = {"grades": grade, "counts": count, "costs": round(cost, 3)}[kind]
        rows.append([i, round(size, 4), shade, answer])
    write_csv(folder / "data" / "data.csv", rows)
    columns = [
        {"name": name, "role": role, "missing": 0}
        for name, role in zip(rows[0][1:], ["numeric", "categorical", "target"], strict=True)
    ]
    graded = kind == "grades"
    schema = {
        "task": "tabular_classification" if graded else "tabular_regression",
        "target": "answer",
        "classes": GRADES if graded else None,
        "ordered": graded,
        "columns": columns,
    }
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    return Made(folder / "data", folder / "schema.json")


@pytest.mark.parametrize(("kind", "name"), FITTING)
def test_a_model_made_for_the_target_learns_it(tmp_path: Path, kind: str, name: str) -> None:
    made = make_target(tmp_path, kind)
    settings = made.settings(f"model.name={name}")
    data = made.load(settings)
    outputs = fit(new_job(settings, data), data.table, data.table).predict(data.table)
    truth = target_of(data.schema, data.table)
    if kind == "grades":
        assert (outputs.argmax(axis=1) == truth).mean() > 0.85
        assert outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-5)
    else:
        spread = np.abs(truth - (truth.mean() if kind == "counts" else np.median(truth))).mean()
        assert outputs.min() > 0 and np.abs(outputs[:, 0] - truth).mean() < 0.9 * spread


@pytest.mark.parametrize(("kind", "name"), [*FITTING, ("costs", "median")])
def test_its_export_answers_as_it_does(tmp_path: Path, kind: str, name: str) -> None:
    made = make_target(tmp_path, kind)
    settings = made.settings(f"model.name={name}")
    data = made.load(settings)
    train_run(new_job(settings, data), data, tmp_path / "run")
    parity = export_run(tmp_path / "run", data.schema, tmp_path / "model")
    assert parity["passed"] and parity["batches"] == [1, 7, 64]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("counts", "ordinal"),
        ("grades", "poisson"),
        ("grades", "median"),
        ("grades", "median_boosting"),
    ],
)
def test_a_target_that_does_not_fit_is_named(tmp_path: Path, kind: str, name: str) -> None:
    made = make_target(tmp_path, kind)
    settings = made.settings(f"model.name={name}")
    data = made.load(settings)
    with pytest.raises(UsageError, match=f"model.name={name}"):
        fit(new_job(settings, data), data.table, data.table)


def test_least_absolute_errors_are_smaller_where_a_few_cost_much(tmp_path: Path) -> None:
    made = make_target(tmp_path, "costs")
    errors = []
    for name in ("median_boosting", "median", "gradient_boosting", "mean"):
        settings = made.settings(f"model.name={name}")
        data = made.load(settings)
        fitted = fit(new_job(settings, data), data.table.take(range(200)), data.table)
        rest = data.table.take(range(200, 300))
        truth = target_of(data.schema, rest)
        errors.append(np.abs(fitted.predict(rest)[:, 0] - truth).mean())
    assert errors[0] < errors[1] < min(errors[2:])


def test_grades_are_scored_by_their_order(tmp_path: Path) -> None:
    made = make_target(tmp_path, "grades")
    settings = made.settings("model.name=ordinal")
    data = made.load(settings)
    fitted = fit(new_job(settings, data), data.table, data.table)
    assert {"quadratic_kappa", "grade_error"} <= set(fitted.history[-1])
