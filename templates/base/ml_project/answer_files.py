"""Files that a caller of the programs gives and gets: inputs, and answers to them."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ml_project.errors import UsageError
from ml_project.table import ROW_ID

DATA = Path(__file__).resolve().parents[1] / "data"
QUOTED = re.compile(r'"[^"]*"')
DELIMITERS = ",;\t|"


def read_inputs(path: Path) -> list[Any]:
    """JSON holds a list of inputs, or {"inputs": list}, as the service takes them; of any other
    file the records are read as CSV, in UTF-8, UTF-16 or GB18030, with commas or the like. Only
    those of the project's own files keep their number: their fields are plain."""
    if not path.is_file():
        raise UsageError(f"{path}: no such input file")
    text = _decoded(path)
    if path.suffix != ".json":
        header = QUOTED.sub("", text.split("\n", 1)[0])
        delimiter = max(DELIMITERS, key=header.count)
        records = [*csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)]
        if not _is_own(path):
            for record in records:
                record.pop(ROW_ID, None)
        return records
    try:
        content = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path}: not valid JSON: {error}") from error
    inputs = content.get("inputs") if isinstance(content, dict) else content
    if not isinstance(inputs, list):
        raise UsageError(f'{path}: expected a list of inputs or {{"inputs": [inputs]}}')
    return inputs


def _is_own(path: Path) -> bool:
    """Whether the file is one of the project's data, also where these are links."""
    lies = (Path.cwd().resolve() / path).parents
    return DATA in lies or DATA.resolve() in path.resolve().parents


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_wide else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{path}: not text in UTF-8, UTF-16 or GB18030")


def checked(read: Callable[[list[Any]], tuple[Sequence[Any], list[Any]]], inputs: list[Any]) -> Any:
    """The inputs as the service reads them; UsageError names the first that it would refuse."""
    items, faults = read(inputs)
    for found in faults:
        words = f"expected {found['expected']}; received {found['received']}"
        raise UsageError(f"{found['field']}: {words}")
    return items


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
