"""One form for texts that look the same."""

from __future__ import annotations

import unicodedata


def normalise(value: object) -> str:
    """Composed characters (NFC), one space for each run of white space, none at the ends."""
    return "" if value is None else " ".join(unicodedata.normalize("NFC", str(value)).split())
