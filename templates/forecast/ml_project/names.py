"""What series are called that one or several columns tell apart."""

from __future__ import annotations

from collections.abc import Sequence

from ml_project.errors import DataError

SEPARATOR = " / "


def series_name(cells: Sequence[str | None]) -> str:
    """`north`, or `north / apples`."""
    return SEPARATOR.join(cell or "" for cell in cells)


def check_names(keys: Sequence[Sequence[str | None]]) -> None:
    """Refuses series that would be called alike: `a / b` with `c`, and `a` with `b / c`."""
    seen: dict[str, tuple[str, ...]] = {}
    for cells in set(zip(*keys, strict=True)) if len(keys) > 1 else ():
        key = tuple(cell or "" for cell in cells)
        if seen.setdefault(series_name(cells), key) != key:
            raise DataError(f"two series are called {series_name(cells)!r}: rename one of them")
