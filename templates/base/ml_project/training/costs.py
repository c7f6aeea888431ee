"""What a training step costs: memory, time and arithmetic, measured by making some.

Memory grows with the batch along a line: the slope is taken between two batches and tested at
a third, twice as large; so is the time. The errors of both there are part of the result.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from ml_project.runs import forget_peak, peak_since_mb
from ml_project.settings import TrainerSettings
from ml_project.training.optimiser import new_optimiser
from ml_project.training.rehearsal import Rehearsal

SMALL = 8
EXTRA_MB = 150  # batches are doubled until the peak has risen by so much: far above noise
MOST_ROWS, MOST_BYTES = 1 << 16, 1 << 30
FEWEST = 3  # batches before the last one, which tests the line
TIMED_STEPS = 5


@dataclass(frozen=True)
class Measured:
    """Of one batch: seconds of a step (the fastest of several), the peak in 10^6 bytes."""

    batch_size: int
    seconds: float
    peak_mb: float


class Counter(TorchDispatchMode):
    """Counts the operations that a device is asked for one by one."""

    def __init__(self) -> None:
        super().__init__()
        self.operations = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> object:
        self.operations += 1
        return func(*args, **(kwargs or {}))


def measure_costs(rehearsal: Rehearsal, trainer: TrainerSettings) -> dict[str, Any]:
    optimiser = new_optimiser(rehearsal.predictor, trainer)
    _step(rehearsal, optimiser, SMALL)  # makes the optimiser's state
    held = _saved_bytes(rehearsal, SMALL) / SMALL
    measured = _doubled(rehearsal, optimiser, held)
    small, large, beyond = measured[0], measured[-2], measured[-1]
    slope = max(0.0, (large.peak_mb - small.peak_mb) / (large.batch_size - small.batch_size))
    forecast = large.peak_mb + slope * (beyond.batch_size - large.batch_size)
    flops, operations = _arithmetic(rehearsal, optimiser)
    return {
        "device": str(next(rehearsal.predictor.parameters()).device),
        "rows": rehearsal.rows,
        "parameters": sum(weight.numel() for weight in rehearsal.predictor.parameters()),
        "data_mb": round(rehearsal.data_mb, 3),
        "static_mb": round(_static_bytes(rehearsal, optimiser) / 1e6, 3),
        "kb_per_row": round(slope * 1e3, 3),
        "saved_kb_per_row": round(held / 1e3, 3),
        "memory_error": round(forecast / beyond.peak_mb - 1, 4),
        "time_error": round(2 * large.seconds / beyond.seconds - 1, 4),
        "flops_per_row": flops,
        "operations_per_step": operations,
        "batches": [asdict(one) for one in measured],
    }


def _doubled(rehearsal: Rehearsal, optimiser: Optimizer, held: float) -> list[Measured]:
    """`held`: bytes that a row keeps between the two passes."""
    measured = [_measure(rehearsal, optimiser, SMALL)]
    risen, most = 0.0, min(MOST_ROWS, MOST_BYTES // max(1.0, held))
    while (risen < EXTRA_MB and measured[-1].batch_size < most) or len(measured) < FEWEST:
        measured.append(_measure(rehearsal, optimiser, 2 * measured[-1].batch_size))
        risen = measured[-1].peak_mb - measured[0].peak_mb
    return [*measured, _measure(rehearsal, optimiser, 2 * measured[-1].batch_size)]


def _rows(rehearsal: Rehearsal, size: int) -> list[int]:
    """Rows come again where the batch is larger than the data."""
    return [row % rehearsal.rows for row in range(size)]


def _step(rehearsal: Rehearsal, optimiser: Optimizer, size: int) -> None:
    optimiser.zero_grad(set_to_none=True)
    rehearsal.loss(_rows(rehearsal, size)).backward()  # type: ignore[no-untyped-call]
    optimiser.step()


def _measure(rehearsal: Rehearsal, optimiser: Optimizer, size: int) -> Measured:
    on_cuda = torch.cuda.is_available() and next(rehearsal.predictor.parameters()).is_cuda
    seconds = []
    forget_peak()
    for _ in range(TIMED_STEPS if size == SMALL else 1):
        start = time.perf_counter()
        _step(rehearsal, optimiser, size)
        if on_cuda:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    peak = torch.cuda.max_memory_allocated() / 1e6 if on_cuda else peak_since_mb()
    return Measured(size, round(min(seconds), 6), round(peak, 1))


def _saved_bytes(rehearsal: Rehearsal, size: int) -> int:
    """What the forward pass keeps for the backward pass, without the weights."""
    weights = {weight.data_ptr() for weight in rehearsal.predictor.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        rehearsal.loss(_rows(rehearsal, size))
    return sum(kept.values())


def _static_bytes(rehearsal: Rehearsal, optimiser: Optimizer) -> int:
    """Weights, gradients and the optimiser's moments: what no batch changes."""
    moments = [value for state in optimiser.state.values() for value in state.values()]
    held = [*rehearsal.predictor.state_dict().values(), *rehearsal.predictor.parameters(), *moments]
    return sum(tensor.nbytes for tensor in held if isinstance(tensor, Tensor))


def _arithmetic(rehearsal: Rehearsal, optimiser: Optimizer) -> tuple[int, int]:
    """Multiplications and additions of matrix products and convolutions for a row, forward and
    backward, and the operations of a step."""
    with FlopCounterMode(display=False) as flops:
        _step(rehearsal, optimiser, SMALL)
    with Counter() as counter:
        _step(rehearsal, optimiser, SMALL)
    return round(flops.get_total_flops() / SMALL), counter.operations
