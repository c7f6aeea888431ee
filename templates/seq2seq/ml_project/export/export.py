"""Writes the folder that a service loads."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import onnx

from ml_project.export.graphs import build_graphs
from ml_project.export.parity import check_parity
from ml_project.features import Features, load_features
from ml_project.models.store import load_model
from ml_project.onnx_model import OnnxModel, graph_file
from ml_project.runs import read_run, write_json
from ml_project.schema import Schema

VERSION_DIGITS = 12


def export_run(run_folder: Path, schema: Schema, output: Path) -> dict[str, Any]:
    """Everything is made beside the output folder, which is replaced only at the end."""
    run = read_run(run_folder)
    partial = output.with_name(f"{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    model = load_model(run_folder)
    features = load_features(run_folder / "features.json")
    for name in ("features.json", "reference.json"):
        shutil.copyfile(run_folder / name, partial / name)
    files = [partial / "features.json"]
    for part, graph in build_graphs(model).items():
        files.append(partial / graph_file(part))
        onnx.save(graph, files[-1])
    write_json(partial / "model.json", describe(run, schema, features, version_of(files)))
    exported = OnnxModel(partial)
    texts = json.loads((run_folder / "samples.json").read_text(encoding="utf-8"))
    parity = check_parity(model, exported.graph, features, texts, run["seed"])
    write_json(partial / "parity.json", parity)
    if not parity["passed"]:
        raise ArithmeticError(f"the exported model differs from the trained one: {parity}")
    samples = zip(texts, exported.predict(texts), strict=True)
    listed = [{"input": given, "output": answer} for given, answer in samples]
    write_json(partial / "samples.json", listed)
    shutil.rmtree(output, ignore_errors=True)
    partial.replace(output)
    return parity


def version_of(files: Sequence[Path]) -> str:
    """Of all that an answer depends on, one file after the other."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:VERSION_DIGITS]


def describe(
    run: dict[str, Any], schema: Schema, features: Features, version: str
) -> dict[str, Any]:
    """model.json: what a caller may send and what the model is."""
    limits = {features.column: {"max_characters": features.limit}}
    inputs = [column for column in schema.columns if column.role != "target"]
    return {
        "name": run["model"],
        "version": version,
        "task": run["task"],
        "target": run["target"],
        "classes": None,
        "unit": None,
        "columns": [{"name": c.name, "role": c.role, **limits.get(c.name, {})} for c in inputs],
        "metrics": run["metrics"]["valid"],
        "created_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }
