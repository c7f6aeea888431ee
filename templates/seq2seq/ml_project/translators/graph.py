"""What computes a model's numbers: its parts by name, arrays in and arrays out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Feeds = dict[str, Array]
Graph = Callable[[str, Feeds], list[Array]]
MODEL, DECODER = "model", "decoder"
