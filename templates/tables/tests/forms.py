"""Exported models whose data had forms of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any


def with_forms(model: Path, copy: Path, forms: dict[str, Any]) -> Path:
    """The model, as if its data had written these columns so."""
    shutil.copytree(model, copy)
    file = copy / "model.json"
    info = json.loads(file.read_text(encoding="utf-8"))
    for column in info["columns"]:
        column.update(forms.get(column["name"], {}))
    file.write_text(json.dumps(info), encoding="utf-8")
    return copy


def number(example: str) -> dict[str, Any]:
    form = {"as": "number", "decimal_comma": True, "thousands_dot": True, "unit": None}
    return {**form, "example": example}
