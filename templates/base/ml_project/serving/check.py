"""Can this place serve the model? `python -m ml_project.serving.check` tells.

Exits with 1 when anything is wrong. --image adds what only a serving image must fulfil.
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import os
import platform
import sys
from typing import Any

import onnxruntime

from ml_project.errors import UsageError
from ml_project.serving.model import CUDA, ServedModel
from ml_project.serving.settings import read_settings

RELATIVE = 1e-3
ABSOLUTE = 1e-4
TRAINING = ("torch", "sklearn", "paddle")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expect-cuda", action="store_true", help="wrong without a usable GPU")
    parser.add_argument("--image", action="store_true", help="wrong as root or with torch")
    given = parser.parse_args()
    report, wrong = examine(given.expect_cuda, given.image)
    lines = [f"{name}: {value}" for name, value in report.items()]
    lines += [f"wrong: {reason}" for reason in wrong]
    lines.append("result: " + ("failed" if wrong else "passed"))
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if wrong else 0


def examine(expect_cuda: bool, image: bool) -> tuple[dict[str, str], list[str]]:
    user = os.getuid() if hasattr(os, "getuid") else -1
    present = [name for name in TRAINING if importlib.util.find_spec(name)]
    loaded = [name for name in TRAINING if name in sys.modules]
    report = {
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "providers": ", ".join(onnxruntime.get_available_providers()),
        "torch importable": "yes" if "torch" in present else "no",
        "user id": str(user),
    }
    wrong = [f"the service loads {name}" for name in loaded]
    if image:
        wrong += [f"the image holds {name}" for name in present]
        wrong += ["the user is root"] if user == 0 else []
    cuda = False
    try:
        settings = read_settings(os.environ)
        model = ServedModel(settings.model_dir, settings.version)
        cuda = model.device == "cuda"
        report["model version"] = model.label["version"]
        wrong += check_samples(model, report)
    except (UsageError, OSError, ValueError, ArithmeticError, RuntimeError) as error:
        wrong.append(f"the model cannot be served: {error}")
    report["cuda_available"] = "true" if cuda else "false"
    if expect_cuda and not cuda:
        wrong.append(f"{CUDA} is not usable here")
    return report, wrong


def check_samples(model: ServedModel, report: dict[str, str]) -> list[str]:
    inputs = [sample["input"] for sample in model.samples]
    items, faults = model.inputs.read(inputs)
    refused = [f"the service refuses its own sample: {fault}" for fault in faults]
    answers = model.predict(items)
    pairs = zip(model.samples, answers, strict=True)
    near = ABSOLUTE * max(1.0, largest([sample["output"] for sample in model.samples]))
    same = [agrees(sample["output"], answer, near) for sample, answer in pairs]
    matching = bool(same) and all(same)
    report["predictions of samples.json equal"] = "yes" if matching else "no"
    report["samples"] = f"{sum(same)} of {len(same)}"
    differ = "the predictions differ from samples.json, or it is empty"
    return refused + ([] if matching else [differ])


def agrees(expected: Any, found: Any, near: float = ABSOLUTE) -> bool:
    """Numbers within the tolerance, `near` where they are small; all else exactly."""
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = expected.keys() == found.keys()
        return keys and all(agrees(value, found[key], near) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(expected, found, strict=False)
        return len(expected) == len(found) and all(agrees(one, other, near) for one, other in pairs)
    if isinstance(expected, float) and isinstance(found, float):
        return math.isclose(expected, found, rel_tol=RELATIVE, abs_tol=near)
    return bool(expected == found)


def largest(found: Any) -> float:
    """Size of the largest number in an answer; 0 where there is none."""
    if isinstance(found, dict):
        return largest(list(found.values()))
    if isinstance(found, list):
        return max(map(largest, found), default=0.0)
    return abs(found) if isinstance(found, float) else 0.0


if __name__ == "__main__":
    sys.exit(main())
