"""Applies a fitted encoder: cells in, columns of numbers out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ml_project.encoders import PARTS, Columns, Encoder, asinh_of, lenient
from ml_project.values import (
    parse_boolean,
    parse_category,
    parse_datetime,
    parse_number,
    words,
)

Apply = Callable[[Sequence[object]], Columns]


def _scaled(values: Sequence[float | None], encoder: Encoder) -> list[float]:
    fill, squash, mean, scale = (encoder[key] for key in ("fill", "squash", "mean", "scale"))
    at_fill = (asinh_of(fill, fill, squash) - mean) * scale
    if squash is None:
        return [at_fill if v is None else (v - mean) * scale for v in values]
    return [at_fill if v is None else (asinh_of(v, fill, squash) - mean) * scale for v in values]


def _apply_numeric(encoder: Encoder) -> Apply:
    def apply(cells: Sequence[object]) -> Columns:
        values = lenient(parse_number, cells)
        return [_scaled(values, encoder), *_indicator(values, encoder)]

    return apply


def _indicator(values: Sequence[object], encoder: Encoder) -> Columns:
    return [[float(value is None) for value in values]] if encoder["indicator"] else []


def _apply_datetime(encoder: Encoder) -> Apply:
    def apply(cells: Sequence[object]) -> Columns:
        moments = lenient(parse_datetime, cells)
        columns: Columns = []
        for name, scaling in encoder["parts"].items():
            part = PARTS[name]
            columns.append(_scaled([None if m is None else part(m) for m in moments], scaling))
        return columns + _indicator(moments, encoder)

    return apply


def _apply_codes(encoder: Encoder) -> Apply:
    codes = {name: float(i) for i, name in enumerate(encoder["categories"], start=1)}
    parse = parse_boolean if encoder["role"] == "boolean" else parse_category
    return lambda cells: [[_code(parse(cell), codes) for cell in cells]]


def _code(text: str | None, codes: Mapping[str, float]) -> float:
    return 0.0 if text is None else codes.get(text, 0.0)


def _apply_text(encoder: Encoder) -> Apply:
    """Presence as 0 or 1: standardised, a rare word would outweigh every number."""

    def apply(cells: Sequence[object]) -> Columns:
        found = [set(words(cell)) for cell in cells]
        return [[float(word in row) for row in found] for word in encoder["words"]]

    return apply


APPLY: dict[str, Callable[[Encoder], Apply]] = {
    "numeric": _apply_numeric,
    "datetime": _apply_datetime,
    "categorical": _apply_codes,
    "boolean": _apply_codes,
    "text": _apply_text,
}
