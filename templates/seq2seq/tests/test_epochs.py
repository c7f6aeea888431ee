from __future__ import annotations

from collections.abc import Sequence

import pytest

from ml_project.splits import split_rows
from ml_project.training.fit import fit
from ml_project.training.learner import Learner
from ml_project.training.schedule import learning_rate
from ml_project.training.tally import Tally
from tests.conftest import new_job
from tests.made import SMALL, STILL
from tests.places import Made


def test_an_epoch_shows_every_row_once(mini: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, list[int]]] = []
    step = Learner._step

    def watched(learner: Learner, group: list[Sequence[int]], rate: float, tally: Tally) -> None:
        rows = [row for batch in group for row in batch]
        seen.append((len(learner.rows.train), rows))
        step(learner, group, rate, tally)

    monkeypatch.setattr(Learner, "_step", watched)
    settings = mini.settings(*SMALL, *STILL, "trainer.epochs=1", "trainer.batch_size=4")
    data = mini.load(settings)
    fit(new_job(settings, data), data.table, data.table)
    count = seen[0][0]
    assert len(seen) >= -(-count // 4)
    assert sorted(row for _, rows in seen for row in rows) == list(range(count))


def test_the_rate_rises_to_its_peak_and_falls_to_almost_nothing() -> None:
    rates = [learning_rate(step, 100, 0.5) for step in range(100)]
    top = rates.index(max(rates))
    assert 0.45 < rates[top] <= 0.5 and 10 <= top <= 30
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[0] < 0.1 and 0 < rates[-1] < 0.01


def test_no_row_trains_and_validates() -> None:
    train, valid = split_rows(100, 0.2, 0, None)
    assert sorted([*train, *valid]) == list(range(100))
    assert 15 <= len(valid) <= 25
