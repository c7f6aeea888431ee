"""Forecasts with an exported model, from the rows of a CSV file or the inputs of a JSON file."""

from __future__ import annotations

import argparse
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
    from ml_project.answer_files import tell
    from ml_project.onnx_model import OnnxModel
    from ml_project.serving.answers import flat_answer

    model = OnnxModel(given.model)
    inputs = asked(given.input, model.info) if given.input else model.reader.last_known()
    if given.horizon:
        steps = {"horizon": given.horizon}
        inputs = [{**steps, **one} if isinstance(one, dict) else one for one in inputs]
    answers = model.predict(inputs)
    named = any("series" in one for one in inputs)
    names = [one.get("series", "") if named else None for one in inputs]
    rows = [flat_answer(answer, name) for name, answer in zip(names, answers, strict=True)]
    tell(given.output, answers, [row for steps in rows for row in steps])
    return 0


def asked(path: Path, info: dict[str, Any]) -> list[Any]:
    """The inputs of a JSON file, or the histories that the rows of a CSV file are."""
    from ml_project.answer_files import read_inputs
    from ml_project.samples import from_records

    inputs = read_inputs(path)
    if path.suffix == ".json":
        return inputs
    histories = from_records(inputs, info)
    if not histories:
        raise UsageError(f"{path}: no row has a value of {info['target']!r}")
    return histories


if __name__ == "__main__":
    cli.run(main)
