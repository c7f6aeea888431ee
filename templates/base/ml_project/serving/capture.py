"""What was asked and answered, for a later comparison with the training data; off by default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any

import orjson

ANSWERS = ("label", "value", "text")


class Capture:
    """Appends JSON lines to a file until it has its size; a full disk must not cost an answer."""

    def __init__(self, file: Path | None, limit_bytes: int) -> None:
        self.left = 0
        self.file = file
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self.left = limit_bytes - (file.stat().st_size if file.exists() else 0)

    def keep(self, items: Sequence[Any], answers: Sequence[Mapping[str, Any]]) -> None:
        if self.file is None or self.left <= 0:
            return
        text = b"".join(map(_line, items, answers))
        self.left -= len(text)
        if self.left < 0:
            return
        try:
            with self.file.open("ab") as stream:
                stream.write(text)
        except OSError:
            self.left = 0


def _line(item: Any, answer: Mapping[str, Any]) -> bytes:
    row: dict[str, Any] = {
        "at": time(),
        "input": item if isinstance(item, dict) else {"input": item},
        "prediction": next((answer[name] for name in ANSWERS if name in answer), None),
    }
    if "probabilities" in answer:
        row["scores"] = answer["probabilities"]
    return orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE)
