"""What is wrong with a request: the place, what is expected there, what came."""

from __future__ import annotations

from typing import Any

Fault = dict[str, str]
MAX_FAULTS = 20
SHOWN = 60
KINDS = {str: "text", bool: "a boolean", int: "a number", float: "a number", list: "a list"}


def fault(place: str, expected: str, value: Any) -> Fault:
    return {"field": place, "expected": expected, "received": received(value)}


def received(value: Any) -> str:
    if value is None:
        return "null"
    kind = KINDS.get(type(value), "an object")
    if isinstance(value, (list, dict)):
        return kind
    text = str(value)
    return f"{kind}: {text if len(text) <= SHOWN else text[:SHOWN] + '…'}"
