"""Compares images with an exported model.

A CSV file with the columns a and b, or a JSON list of {"a", "b"} in base64, holds pairs; a CSV file
with the column image lists images, each of which is compared with all others of the list.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli
from ml_project.errors import UsageError

if TYPE_CHECKING:
    from ml_project.onnx_model import OnnxModel


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
    from ml_project.samples import from_record
    from ml_project.serving.answers import flat_answer
    from ml_project.serving.inputs import Inputs

    model = OnnxModel(given.model)
    inputs = read_inputs(given.input)
    if given.input.suffix != ".json" and inputs and "image" in inputs[0]:
        answers = nearest(model, [str(record["image"]) for record in inputs])
    elif given.input.suffix != ".json":
        answers = model.predict([from_record(record, model.info) for record in inputs])
    else:
        answers = model.predict(checked(Inputs(model.info).read, inputs))
    tell(given.output, answers, [flat_answer(answer) for answer in answers])
    return 0


def nearest(model: OnnxModel, names: list[str]) -> list[dict[str, Any]]:
    """For each image of a list the most similar other one."""
    import numpy as np

    from ml_project.images import read_image
    from ml_project.samples import find_image

    if len(names) < 2:
        raise UsageError("a list of images holds at least two")
    embeddings = np.concatenate([model.embed([read_image(find_image(name))]) for name in names])
    found = embeddings @ embeddings.T
    np.fill_diagonal(found, -np.inf)
    best = found.argmax(axis=1)
    rows = zip(names, best.tolist(), found.max(axis=1).tolist(), strict=True)
    return [
        {"same": value >= model.threshold, "similarity": value, "image": name, "nearest": names[at]}
        for name, at, value in rows
    ]


if __name__ == "__main__":
    cli.run(main)
