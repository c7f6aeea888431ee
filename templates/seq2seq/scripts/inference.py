"""Translates the rows of a CSV or JSON file with an exported model."""

from __future__ import annotations

import argparse
import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli
from ml_project.errors import UsageError


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/current"))
    parser.add_argument("--input", type=Path, required=True, help=".csv or .json")
    parser.add_argument("--output", type=Path, help=".csv or .json; standard output without it")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    from ml_project.onnx_model import OnnxModel
    from ml_project.samples import from_record

    model = OnnxModel(given.model)
    inputs = read_inputs(given.input)
    if given.input.suffix != ".json":
        inputs = [from_record(record, model.info) for record in inputs]
    answers = model.predict(inputs)
    if given.output is None:
        print(json.dumps(answers, ensure_ascii=False, indent=1))
    else:
        write_answers(given.output, answers)
    return 0


def read_inputs(path: Path) -> list[Any]:
    """JSON holds a list of inputs, or {"inputs": list}, as the service takes them."""
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


def write_answers(path: Path, answers: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        text = json.dumps(answers, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
        return
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["y_pred"])
        writer.writerows([answer["text"]] for answer in answers)


if __name__ == "__main__":
    cli.run(main)
