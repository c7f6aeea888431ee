"""Checks a request before anything is computed: each input is one image in base64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ml_project.images import decode
from ml_project.serving.faults import MAX_FAULTS, Fault, fault

Predict = Callable[[Sequence[Any]], list[Any]]
EXPECTED = "an image (PNG, JPEG and the like) in base64, or its data URL"


class Inputs:
    noun = "images in base64"

    def __init__(self, info: Mapping[str, Any]) -> None:
        self.target = info["target"]
        named = "the class of each image" if self.target == "folder" else self.target
        self.purpose = f"Predicts {named}"

    def read(self, inputs: Sequence[Any]) -> tuple[Sequence[Any], list[Fault]]:
        """Decoded images, and what is wrong with the others."""
        images: list[Any] = []
        wrong: list[Fault] = []
        for index, value in enumerate(inputs):
            place = f"inputs[{index}]"
            if type(value) is not str:
                wrong.append(fault(place, EXPECTED, value))
                continue
            try:
                images.append(decode(value))
            except ValueError as error:
                wrong.append({**fault(place, EXPECTED, value), "problem": str(error)})
        return images, wrong[:MAX_FAULTS]

    def describe(self, _: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "string",
            "contentEncoding": "base64",
            "description": f"The image whose {self.target} is asked: PNG or JPEG of any size.",
        }

    def culprit(self, _: Any, __: Predict) -> str | None:
        """An image has no parts to blame."""
        return None
