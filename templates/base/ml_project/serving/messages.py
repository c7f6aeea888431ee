"""Reading and answering HTTP messages of the plain ASGI kind."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

JSON_HEADER = (b"content-type", b"application/json")


class RefusedError(Exception):
    """The request gets this answer instead of a prediction."""

    def __init__(self, status: int, detail: Any, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.headers = headers


class CallerLeftError(Exception):
    """The connection ended before the request did."""


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Never holds more than the limit, whether or not the length was announced."""
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > limit:
            raise too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerLeftError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


def too_large(limit: int) -> RefusedError:
    return RefusedError(413, f"the body is larger than {limit} bytes; send fewer inputs at a time")


async def send_json(
    send: Send, status: int, content: Any, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> None:
    body = orjson.dumps(content)
    length = (b"content-length", str(len(body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [JSON_HEADER, length, *headers],
        }
    )
    await send({"type": "http.response.body", "body": body})
