from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_project.errors import UsageError
from ml_project.family import NETWORKS
from ml_project.runs import forget_peak, peak_since_mb
from ml_project.training import costs
from ml_project.training.costs import measure_costs
from ml_project.training.rate_test import HIGHEST, LOWEST, RateTest, range_test
from ml_project.training.rehearsal import Rehearsal, rehearse
from tests.conftest import new_job
from tests.made import MODELS
from tests.places import Made


def rehearsal_of(made: Made, name: str) -> Rehearsal:
    settings = made.settings(f"model.name={name}", *MODELS.get(name, []))
    data = made.load(settings)
    return rehearse(new_job(settings, data), data)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_step_is_measured(mini: Made, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "MOST_ROWS", 32)
    found = measure_costs(rehearsal_of(mini, name), mini.settings().trainer)
    assert [one["batch_size"] for one in found["batches"]] == [8, 16, 32, 64]
    assert all(one["seconds"] > 0 for one in found["batches"])
    # Weights and gradients of four bytes each; moments where a weight is trained.
    assert found["static_mb"] >= 8 * found["parameters"] / 1e6 - 1e-3
    assert found["saved_kb_per_row"] > 0 and found["flops_per_row"] > 0
    assert found["operations_per_step"] > 10


def test_the_rate_rises_until_the_loss_runs_away(mini: Made) -> None:
    name = sorted(NETWORKS)[0]
    found = range_test(rehearsal_of(mini, name), mini.settings().trainer, 8, seed=0)
    rates = [rate for rate, _ in found.curve]
    assert rates == sorted(rates) and rates[0] == LOWEST and len(rates) > 20
    assert LOWEST / 10 <= found.suggested <= HIGHEST


def test_a_tenth_of_the_rate_with_the_least_loss_is_suggested() -> None:
    assert RateTest([(0.001, 2.0), (0.01, 1.0), (0.1, 3.0)]).suggested == pytest.approx(0.001)


def test_a_model_without_steps_is_refused(mini: Made) -> None:
    other = next(name for name in MODELS if name not in NETWORKS)
    with pytest.raises(UsageError, match="not trained in steps"):
        rehearsal_of(mini, other)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")
def test_a_peak_counts_from_where_it_was_forgotten() -> None:
    np.ones(40_000_000)  # 320 MB, and gone
    before = peak_since_mb()
    forget_peak()
    assert peak_since_mb() < before - 150
