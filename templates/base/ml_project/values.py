"""What one cell means. Cells come from CSV (text) or from JSON (text, numbers, booleans)."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone

TRUE = frozenset(("true", "t", "yes", "y", "1", "1.0", "on", "是", "真"))
FALSE = frozenset(("false", "f", "no", "n", "0", "0.0", "off", "否", "假"))
EPOCH = datetime(1970, 1, 1)
# A run of letters and digits is a word; Han and kana, which are written without spaces,
# count by character.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_\u3040-\u30ff\u3400-\u9fff]+")


def is_missing(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def parse_number(value: object) -> float | None:
    """A finite number, None when missing; ValueError when it is neither."""
    if is_missing(value):
        return None
    if not isinstance(value, (str, int, float)):
        raise ValueError(f"{value!r} is not a number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"{value!r} is not a finite number")
    return number


def parse_datetime(value: object) -> datetime | None:
    """An ISO 8601 date or time as naive UTC; None when missing; ValueError otherwise."""
    if is_missing(value):
        return None
    text = str(value).strip()
    if text.endswith(("Z", "z")):
        text = f"{text[:-1]}+00:00"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ValueError(f"{value!r} is not an ISO 8601 date") from None
    return moment


def parse_category(value: object) -> str | None:
    """The text of a category as it would stand in a CSV file."""
    if is_missing(value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse_boolean(value: object) -> str | None:
    """'true' or 'false' for the usual words, otherwise the text itself in lower case."""
    text = parse_category(value)
    if text is None:
        return None
    word = text.strip().lower()
    if word in TRUE:
        return "true"
    return "false" if word in FALSE else word


def words(value: object) -> list[str]:
    """The words of a text in lower case."""
    return [] if is_missing(value) else WORD.findall(str(value).lower())


def days_since_epoch(moment: datetime) -> float:
    return (moment - EPOCH).total_seconds() / 86400.0
