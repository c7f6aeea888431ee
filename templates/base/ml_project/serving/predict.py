"""POST /predict as plain ASGI: what a framework adds costs more than the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from ml_project.serving.batching import Batcher, Rows
from ml_project.serving.capture import Capture
from ml_project.serving.faults import fault
from ml_project.serving.messages import CallerLeftError, RefusedError, read_body, send_json
from ml_project.serving.metrics import Metrics
from ml_project.serving.model import ServedModel
from ml_project.serving.settings import ServingSettings

Answers = list[dict[str, Any]]


class PredictEndpoint:
    """Without a model yet, it answers 503."""

    def __init__(self, settings: ServingSettings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.model: ServedModel | None = None
        self.batcher: Batcher | None = None
        self.capture = Capture(settings.capture_file, settings.capture_bytes)

    def start(self, model: ServedModel) -> None:
        def predict(rows: Rows) -> list[Any]:
            found = model.predict(rows)
            self.metrics.count_predictions(found)
            return found

        self.batcher = Batcher(predict)
        self.model = model

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            outputs, model = await self._answer(scope, receive)
        except RefusedError as refused:
            await send_json(send, refused.status, {"detail": refused.detail}, refused.headers)
        except CallerLeftError:
            return
        else:
            await send_json(send, 200, {"outputs": outputs, "model": model.label})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[Answers, ServedModel]:
        if scope["method"] != "POST":
            raise RefusedError(405, "use POST", (b"allow", b"POST"))
        if self.model is None or self.batcher is None:
            raise RefusedError(503, "the model is not loaded; see /ready", (b"retry-after", b"1"))
        body = await read_body(scope, receive, self.settings.max_body_bytes)
        items = self._items(parse(body), self.model)
        found = await self.batcher.submit(items)
        if None in found:
            raise RefusedError(422, out_of_range(self.model, items, found))
        self.capture.keep(items, found)
        return found, self.model

    def _items(self, content: Any, model: ServedModel) -> Sequence[Any]:
        limit = self.settings.max_inputs
        shape = 'an object with the one key "inputs"'
        if not isinstance(content, dict) or "inputs" not in content:
            raise RefusedError(422, [fault("inputs", shape, content)])
        faults = [fault(name, shape, value) for name, value in content.items() if name != "inputs"]
        rows = content["inputs"]
        if not isinstance(rows, list) or not 0 < len(rows) <= limit:
            wanted = f"a list of 1 to {limit} {model.inputs.noun}"
            count = f"a list of {len(rows)}" if isinstance(rows, list) else None
            wrong = fault("inputs", wanted, rows)
            raise RefusedError(422, [*faults, {**wrong, "received": count or wrong["received"]}])
        items, wrong_items = model.inputs.read(rows)
        faults += wrong_items
        if faults:
            raise RefusedError(422, faults)
        return items


def parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, f"the body is not valid JSON: {error}") from error


def out_of_range(model: ServedModel, items: Sequence[Any], found: list[Any]) -> Any:
    """Finite numbers so large that the model's arithmetic does not hold them."""
    faults = []
    for index, (item, answer) in enumerate(zip(items, found, strict=True)):
        if answer is None:
            name = model.inputs.culprit(item, model.predict)
            place = f"inputs[{index}]" + ("" if name is None else f".{name}")
            value = item if name is None else item[name]
            faults.append(fault(place, "numbers within the range of the model's arithmetic", value))
    return faults
