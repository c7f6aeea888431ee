"""Checks a request before anything is computed: each input is two images in base64."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image

from ml_project.images import decode
from ml_project.serving.answers import Json, object_of
from ml_project.serving.faults import MAX_FAULTS, Fault, fault

Predict = Callable[[Sequence[Any]], list[Any]]
EXPECTED = "an image (PNG, JPEG and the like) in base64, or its data URL"
PAIR = 'an object with the two images "a" and "b"'
SIDES = ("a", "b")


class Inputs:
    noun = "pairs of images in base64"

    def __init__(self, _: Mapping[str, Any]) -> None:
        self.purpose = "Tells whether two images show the same person"
        self.pair = object_of({side: describe_image() for side in SIDES})

    def read(self, inputs: Sequence[Any]) -> tuple[Sequence[Any], list[Fault]]:
        """Decoded pairs, and what is wrong with the others."""
        pairs: list[Any] = []
        wrong: list[Fault] = []
        for index, value in enumerate(inputs):
            place = f"inputs[{index}]"
            if not isinstance(value, dict):
                wrong.append(fault(place, PAIR, value))
                continue
            unknown = [name for name in value if name not in SIDES]
            wrong += [fault(f"{place}.{name}", PAIR, value[name]) for name in unknown]
            found = {side: read_image(value.get(side), f"{place}.{side}", wrong) for side in SIDES}
            pairs.append(found)
        return pairs, wrong[:MAX_FAULTS]

    def describe(self, _: Mapping[str, Any]) -> Json:
        return {**self.pair, "description": "Two images: do they show the same person?"}

    def culprit(self, _: Any, __: Predict) -> str | None:
        """An image has no parts to blame."""
        return None


def read_image(value: Any, place: str, wrong: list[Fault]) -> Image.Image | None:
    """The decoded image; None where it is none, which is then told in `wrong`."""
    if type(value) is not str:
        wrong.append(fault(place, EXPECTED, value))
        return None
    try:
        return decode(value)
    except ValueError as error:
        wrong.append({**fault(place, EXPECTED, value), "problem": str(error)})
        return None


def describe_image() -> Json:
    """As JSON Schema."""
    words = "A face: PNG or JPEG of any size."
    return {"type": "string", "contentEncoding": "base64", "description": words}
