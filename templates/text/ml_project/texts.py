"""The text of a row: that of one column, or of several a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def joined(columns: Mapping[str, Sequence[object]], names: Sequence[str]) -> list[str | None]:
    """In the order of the names; what is missing takes no line, and a row without any is None."""
    rows = zip(*(columns[name] for name in names), strict=True)
    return [_text(cells) for cells in rows]


def _text(cells: Sequence[object]) -> str | None:
    lines = [str(cell) for cell in cells if cell is not None and str(cell).strip()]
    return "\n".join(lines) if lines else None
