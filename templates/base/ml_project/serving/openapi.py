"""The description of POST /predict with the project's own columns and examples."""

from __future__ import annotations

from typing import Any

from ml_project.serving.answers import Json, describe_output, object_of
from ml_project.serving.model import ServedModel

EXAMPLES = 2
REFUSALS = {
    "400": "The body is not JSON.",
    "405": "Not POST.",
    "413": "The body is too large.",
    "422": "A field is wrong: its path, what is expected, what came.",
    "503": "The model is not loaded yet.",
}


def describe_predict(schema: Json, model: ServedModel, max_inputs: int) -> Json:
    """Adds the operation and its schemas to what the framework has described."""
    ref = {name: {"$ref": f"#/components/schemas/{name}"} for name in ("Input", "Output", "Model")}
    made: Json = {
        "Input": model.inputs.describe(model.info),
        "Output": describe_output(model.info),
        "PredictRequest": object_of(
            {
                "inputs": {
                    "type": "array",
                    "description": f"At most {max_inputs} {model.inputs.noun}.",
                    "minItems": 1,
                    "maxItems": max_inputs,
                    "items": ref["Input"],
                }
            }
        ),
        "PredictResponse": object_of(
            {"outputs": {"type": "array", "items": ref["Output"]}, "model": ref["Model"]}
        ),
        "Refusal": {"type": "object", "properties": {"detail": _detail()}, "required": ["detail"]},
    }
    schema.setdefault("components", {}).setdefault("schemas", {}).update(made)
    schema.setdefault("paths", {})["/predict"] = {"post": _operation(model)}
    return schema


def _operation(model: ServedModel) -> Json:
    samples = model.samples[:EXAMPLES]
    given = {"inputs": [sample["input"] for sample in samples]}
    answer = {"outputs": [sample["output"] for sample in samples], "model": model.label}
    refused = {code: _json(text, "Refusal") for code, text in REFUSALS.items()}
    return {
        "summary": model.inputs.purpose,
        "operationId": "predict",
        "requestBody": {**_json("What to predict for.", "PredictRequest", given), "required": True},
        "responses": {"200": _json("Answers in order.", "PredictResponse", answer), **refused},
    }


def _json(text: str, name: str, example: Any = None) -> Json:
    content: Json = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    if example is not None:
        content["example"] = example
    return {"description": text, "content": {"application/json": content}}


def _detail() -> Json:
    text = {"type": "string"}
    fault = object_of({"field": text, "expected": text, "received": text})
    return {"anyOf": [text, {"type": "array", "items": fault}]}
