"""Predicts the rows of a CSV or JSON file with an exported model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/current"))
    parser.add_argument("--input", type=Path, required=True, help=".csv or .json")
    parser.add_argument("--output", type=Path, help=".csv or .json; standard output without it")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    from ml_project.answer_files import checked, read_inputs, tell
    from ml_project.onnx_model import OnnxModel
    from ml_project.samples import record_reader
    from ml_project.serving.answers import flat_answer
    from ml_project.serving.inputs import Inputs

    model = OnnxModel(given.model)
    inputs = read_inputs(given.input)
    if given.input.suffix == ".json":
        inputs = checked(Inputs(model.info).read, inputs)
    else:
        inputs = [*map(record_reader(model.info), inputs)]
    answers = model.predict(inputs)
    tell(given.output, answers, [flat_answer(answer) for answer in answers])
    return 0


if __name__ == "__main__":
    cli.run(main)
