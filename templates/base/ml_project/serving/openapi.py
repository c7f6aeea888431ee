"""The description of POST /predict with the project's own columns and examples."""

from __future__ import annotations

from typing import Any

from ml_project.serving.model import ServedModel

Json = dict[str, Any]
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
        "Output": _output(model.info["classes"]),
        "PredictRequest": _object(
            {
                "inputs": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": max_inputs,
                    "items": ref["Input"],
                }
            }
        ),
        "PredictResponse": _object(
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
        "summary": f"Predicts {model.info['target']}",
        "operationId": "predict",
        "requestBody": {**_json("What to predict for.", "PredictRequest", given), "required": True},
        "responses": {"200": _json("Answers in order.", "PredictResponse", answer), **refused},
    }


def _json(text: str, name: str, example: Any = None) -> Json:
    content: Json = {"schema": {"$ref": f"#/components/schemas/{name}"}}
    if example is not None:
        content["example"] = example
    return {"description": text, "content": {"application/json": content}}


def _object(properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _output(classes: list[str] | None) -> Json:
    number = {"type": "number"}
    if classes is None:
        interval = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        return _object({"value": number, "interval": interval})
    shares = _object({name: {**number, "minimum": 0, "maximum": 1} for name in classes})
    return _object({"label": {"type": "string", "enum": classes}, "probabilities": shares})


def _detail() -> Json:
    text = {"type": "string"}
    fault = _object({"field": text, "expected": text, "received": text})
    return {"anyOf": [text, {"type": "array", "items": fault}]}
