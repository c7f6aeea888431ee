"""The description of the endpoints about known people, as OpenAPI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_project.serving.answers import SIMILARITY, object_of
from ml_project.serving.inputs import describe_image

Json = dict[str, Any]
NAME: Json = {"type": "string", "description": "Who it is."}
COUNT: Json = {"type": "integer", "minimum": 0}
VERSION: Json = object_of({"name": {"type": "string"}, "version": {"type": "string"}})
CANDIDATE = object_of({"name": NAME, "similarity": SIMILARITY})
REFUSALS: Json = {
    "400": {"description": "The body is not JSON."},
    "413": {"description": "The body is too large."},
    "422": {"description": "A field is wrong: its path, what is expected, what came."},
    "503": {"description": "The model is not loaded yet, or the people cannot be stored."},
}


def _body(properties: Json, required: list[str]) -> Json:
    schema = {**object_of(properties), "required": required}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _answer(text: str, properties: Json) -> Json:
    schema = object_of({**properties, "model": VERSION})
    return {"200": {"description": text, "content": {"application/json": {"schema": schema}}}}


def add_examples(described: Json, samples: Sequence[Json]) -> None:
    """Bodies that work, for the operations by path: images of a pair that the export kept."""
    for sample in samples[:1]:
        images = [sample["input"][side] for side in ("a", "b")]
        examples = {"/enroll": {"name": "Ada", "images": images}, "/identify": {"image": images[0]}}
        for path, example in examples.items():
            described[path]["requestBody"]["content"]["application/json"]["example"] = example


ENROLL: Json = {
    "requestBody": _body(
        {
            "name": NAME,
            "images": {
                "type": "array",
                "items": describe_image(),
                "description": "Images of the person, in base64.",
            },
        },
        ["name", "images"],
    ),
    "responses": {
        **_answer("How many images of the name are held.", {"name": NAME, "images": COUNT}),
        **REFUSALS,
    },
}
IDENTIFY: Json = {
    "requestBody": _body(
        {
            "image": describe_image(),
            "top": {"type": "integer", "minimum": 1, "description": "How many candidates."},
        },
        ["image"],
    ),
    "responses": {
        **_answer(
            "The most similar people; name is null where none reaches the threshold.",
            {
                "name": {"anyOf": [NAME, {"type": "null"}]},
                "candidates": {"type": "array", "items": CANDIDATE},
                "threshold": {"type": "number"},
            },
        ),
        **REFUSALS,
    },
}
PEOPLE: Json = {
    "responses": _answer(
        "Who is enrolled. People of other model versions have to be enrolled again.",
        {
            "people": {"type": "array", "items": object_of({"name": NAME, "images": COUNT})},
            "other_versions": {
                "type": "array",
                "items": object_of({"version": {"type": "string"}, "people": COUNT}),
            },
        },
    )
}
FORGET: Json = {
    "responses": {
        **_answer("The person is forgotten.", {"name": NAME, "images": COUNT}),
        "404": {"description": "Nobody is enrolled under this name."},
    }
}
