"""How many processor threads the libraries use."""

from __future__ import annotations

import torch
from threadpoolctl import threadpool_limits


def limit_threads(threads: int) -> None:
    """torch has its own setting; the other libraries share pools that are limited here."""
    torch.set_num_threads(threads)
    threadpool_limits(limits=threads)
