"""Says what a training would do. Standard library only, and nothing is written."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Sequence
from pathlib import Path

from ml_project.errors import ConfigError, UsageError
from ml_project.schema import read_schema
from ml_project.settings import MODEL_SETTINGS, valid_keys
from ml_project.table import data_file

MODEL_NAME = re.compile(r"^model:\s*\n(?:[ \t]+.*\n)*?[ \t]+name:\s*([\w-]+)", re.MULTILINE)


def describe_training(config: Path, data: Path, output: str, overrides: Sequence[str]) -> str:
    if not config.is_file():
        raise ConfigError(f"{config}: no such configuration file")
    file = data_file(data)
    given = dict(_pair(text) for text in overrides)
    model = given.get("model.name") or _configured_model(config)
    _check(given, model)
    root = config.resolve().parent.parent
    schema = read_schema(root / given.get("data.schema", "data/schema.json"))
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        rows = sum(1 for _ in reader)
    for name in [schema.target, *(column.name for column in schema.inputs)]:
        if name not in header:
            raise UsageError(f"{file}: column {name!r} is missing")
    lines = [
        f"config    {config}",
        f"data      {file}: {rows} rows, {len(schema.inputs)} input columns",
        f"task      {schema.task}, target {schema.target!r}",
        f"model     {model}",
        f"overrides {' '.join(overrides) or 'none'}",
        f"output    {output}",
        "dry run: nothing was trained or written",
    ]
    return "\n".join(lines)


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ConfigError(f"command line: {text!r} is not of the form key=value")
    return key, value


def _configured_model(config: Path) -> str:
    found = MODEL_NAME.search(config.read_text(encoding="utf-8") + "\n")
    return found.group(1) if found else "not named in the main file"


def _check(given: dict[str, str], model: str) -> None:
    if model not in MODEL_SETTINGS:
        raise ConfigError(f"model.name is {model!r}; known: {', '.join(MODEL_SETTINGS)}")
    keys = valid_keys(model)
    for key in given:
        if key not in keys:
            match = difflib.get_close_matches(key, keys, n=1, cutoff=0.0)
            raise ConfigError(f"command line: unknown key {key!r}; did you mean {match[0]!r}?")
