"""Files that a caller of the programs gives and gets: inputs, and answers to them."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ml_project.errors import UsageError


def read_inputs(path: Path) -> list[Any]:
    """JSON holds a list of inputs, or {"inputs": list}, as the service takes them; of any other
    file the records are read as CSV."""
    if not path.is_file():
        raise UsageError(f"{path}: no such input file")
    text = path.read_bytes().decode("utf-8-sig")
    if path.suffix != ".json":
        return list(csv.DictReader(io.StringIO(text, newline="")))
    try:
        content = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path}: not valid JSON: {error}") from error
    inputs = content.get("inputs") if isinstance(content, dict) else content
    if not isinstance(inputs, list):
        raise UsageError(f'{path}: expected a list of inputs or {{"inputs": [inputs]}}')
    return inputs


def tell(path: Path | None, answers: list[Any], rows: Sequence[Mapping[str, str]]) -> None:
    """The answers as JSON, on standard output where no file is named; a CSV file gets the rows."""
    text = json.dumps(answers, ensure_ascii=False, indent=1)
    if path is None:
        sys.stdout.write(text + "\n")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        path.write_text(text + "\n", encoding="utf-8")
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
