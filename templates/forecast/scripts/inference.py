"""Forecasts with an exported model, from the rows of a CSV file or the inputs of a JSON file."""

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
    parser.add_argument(
        "--input", type=Path, help=".csv: a history; .json: inputs; without it: the last known rows"
    )
    parser.add_argument("--horizon", type=cli.positive, help="steps, where the input names none")
    parser.add_argument("--output", type=Path, help=".csv or .json; standard output without it")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    from ml_project.onnx_model import OnnxModel

    model = OnnxModel(given.model)
    inputs = read_inputs(given.input, model.info) if given.input else model.reader.last_known()
    if given.horizon:
        steps = {"horizon": given.horizon}
        inputs = [{**steps, **asked} if isinstance(asked, dict) else asked for asked in inputs]
    answers = model.predict(inputs)
    if given.output is None:
        print(json.dumps(answers, ensure_ascii=False, indent=1))
    else:
        write_answers(given.output, inputs, answers)
    return 0


def read_inputs(path: Path, info: dict[str, Any]) -> list[Any]:
    """JSON holds a list of inputs, or {"inputs": list}, as the service takes them."""
    from ml_project.samples import from_records

    if not path.is_file():
        raise UsageError(f"{path}: no such input file")
    text = path.read_bytes().decode("utf-8-sig")
    if path.suffix != ".json":
        histories = from_records(list(csv.DictReader(io.StringIO(text, newline=""))), info)
        if not histories:
            raise UsageError(f"{path}: no row has a value of {info['target']!r}")
        return histories
    try:
        content = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{path}: not valid JSON: {error}") from error
    inputs = content.get("inputs") if isinstance(content, dict) else content
    if not isinstance(inputs, list):
        raise UsageError(f'{path}: expected a list of inputs or {{"inputs": [inputs]}}')
    return inputs


def write_answers(path: Path, inputs: list[Any], answers: list[Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".json":
        text = json.dumps(answers, ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
        return
    named = any("series" in asked for asked in inputs)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*(["series"] if named else []), "date", "value", "lower", "upper"])
        for asked, answer in zip(inputs, answers, strict=True):
            name = [asked.get("series", "")] if named else []
            columns = (answer[key] for key in ("values", "lower", "upper"))
            for date, *numbers in zip(answer["dates"], *columns, strict=True):
                writer.writerow([*name, date, *(format(value, ".9g") for value in numbers)])


if __name__ == "__main__":
    cli.run(main)
