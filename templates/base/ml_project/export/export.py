"""Writes the folder that a service loads."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import onnx

from ml_project.export.graphs import build_graph
from ml_project.export.parity import check_parity
from ml_project.features import load_features
from ml_project.models.store import load_model
from ml_project.onnx_model import GRAPH_FILE, OnnxModel
from ml_project.runs import read_run, write_json
from ml_project.schema import Schema
from ml_project.table import sha256_of

VERSION_DIGITS = 12


def export_run(run_folder: Path, schema: Schema, output: Path) -> dict[str, Any]:
    """Everything is made beside the output folder, which is replaced only at the end."""
    run = read_run(run_folder)
    partial = output.with_name(f"{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model = load_model(run_folder)
    features = load_features(run_folder / "features.json")
    onnx.save(build_graph(model, features), partial / GRAPH_FILE)
    for name in ("features.json", "reference.json"):
        shutil.copyfile(run_folder / name, partial / name)
    write_json(partial / "model.json", describe(run, schema, partial / GRAPH_FILE))
    exported = OnnxModel(partial)
    inputs = json.loads((run_folder / "samples.json").read_text(encoding="utf-8"))
    x = features.transform_inputs(inputs)
    parity = check_parity(model.predict, exported.run, x, run["seed"])
    write_json(partial / "parity.json", parity)
    if not parity["passed"]:
        raise ArithmeticError(f"the exported model differs from the trained one: {parity}")
    samples = zip(inputs, exported.predict(inputs), strict=True)
    listed = [{"input": given, "output": answer} for given, answer in samples]
    write_json(partial / "samples.json", listed)
    shutil.rmtree(output, ignore_errors=True)
    partial.replace(output)
    return parity


def describe(run: dict[str, Any], schema: Schema, graph: Path) -> dict[str, Any]:
    """model.json: what a caller may send and what the model is."""
    inputs = [column for column in schema.columns if column.role != "target"]
    described = {
        "name": run["model"],
        "version": sha256_of(graph)[:VERSION_DIGITS],
        "task": run["task"],
        "target": run["target"],
        "classes": list(schema.classes) or None,
        "positive_class": schema.positive_class,
        "unit": schema.unit,
        "columns": [{"name": c.name, "role": c.role, **c.details} for c in inputs],
        "metrics": run["metrics"]["valid"],
        "created_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
    more = {name: run[name] for name in ("interval", "threshold") if run.get(name) is not None}
    return {**described, **more}
