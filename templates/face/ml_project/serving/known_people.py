"""What is asked about known people: checked, computed, answered."""

from __future__ import annotations

from typing import Any

from ml_project.serving.faults import MAX_FAULTS, Fault, fault
from ml_project.serving.gallery import Gallery
from ml_project.serving.inputs import read_image
from ml_project.serving.messages import RefusedError
from ml_project.serving.model import ServedModel

LARGEST_NAME = 200
MOST_IMAGES, MOST_CANDIDATES, CANDIDATES = 64, 100, 5
Json = dict[str, Any]


def enroll(model: ServedModel, gallery: Gallery, content: Json) -> Json:
    wrong = unknown_keys(content, ("name", "images"))
    name, listed = content.get("name"), content.get("images")
    if type(name) is not str or not 0 < len(name.strip()) <= LARGEST_NAME:
        wrong.append(fault("name", f"a text of 1 to {LARGEST_NAME} characters", name))
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST_IMAGES:
        wrong.append(fault("images", f"a list of 1 to {MOST_IMAGES} images in base64", listed))
        listed = []
    images = [read_image(value, f"images[{i}]", wrong) for i, value in enumerate(listed)]
    usable = [image for image in images if image is not None]
    if wrong:
        raise RefusedError(422, wrong[:MAX_FAULTS])
    known = str(name).strip()
    return {"name": known, "images": gallery.enroll(known, model.embed(usable))}


def identify(model: ServedModel, gallery: Gallery, content: Json) -> Json:
    wrong = unknown_keys(content, ("image", "top"))
    top = content.get("top", CANDIDATES)
    if type(top) is not int or not 0 < top <= MOST_CANDIDATES:
        wrong.append(fault("top", f"a whole number from 1 to {MOST_CANDIDATES}", top))
    image = read_image(content.get("image"), "image", wrong)
    if wrong or image is None:
        raise RefusedError(422, wrong[:MAX_FAULTS])
    ranked = gallery.ranked(model.embed([image])[0])
    name = ranked[0][0] if ranked and ranked[0][1] >= model.onnx.threshold else None
    best = [{"name": who, "similarity": value} for who, value in ranked[:top]]
    return {"name": name, "candidates": best, "threshold": model.onnx.threshold}


def unknown_keys(content: Json, known: tuple[str, ...]) -> list[Fault]:
    wanted = f"one of {', '.join(known)}"
    return [fault(key, wanted, value) for key, value in content.items() if key not in known]
