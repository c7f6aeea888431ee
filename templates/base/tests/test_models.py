from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_project.family import NETWORKS, TASKS
from ml_project.features import fit_features
from ml_project.models.predictor import NetworkModel, Predictor, new_predictor
from ml_project.training.data import Data
from ml_project.training.examples import target_of
from ml_project.training.fit import fit
from tests.conftest import Make, new_job
from tests.made import MODELS, STILL
from tests.places import Made


def network(made: Made, *overrides: str) -> tuple[Predictor, torch.Tensor, torch.Tensor, Data]:
    torch.manual_seed(0)
    settings = made.settings(*overrides, *STILL)
    data = made.load(settings)
    features = fit_features(data.schema, data.table, settings)
    predictor = new_predictor(settings.model, features, len(data.schema.classes))
    x = torch.from_numpy(features.transform(data.table.columns))
    kind = torch.int64 if data.schema.classes else torch.float32
    y = torch.from_numpy(target_of(data.schema, data.table)).to(kind)
    predictor.prepare(x, y)
    return predictor, x, y, data


def different(x: torch.Tensor, y: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows that a network can tell apart, such as texts of which it knows the words."""
    flat = x.numpy().reshape(len(x), -1)
    first = torch.from_numpy(np.sort(np.unique(flat, axis=0, return_index=True)[1])[:count])
    return x[first], y[first]


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_reach_every_parameter(mini: Made, name: str) -> None:
    predictor, x, y, _ = network(mini, f"model.name={name}")
    predictor.loss(predictor.network(x), y).backward()
    for path, weight in predictor.named_parameters():
        assert weight.grad is not None and bool((weight.grad != 0).any()), path


@pytest.mark.parametrize("name", NETWORKS)
def test_a_small_batch_is_memorised(mini: Made, name: str) -> None:
    predictor, x, y, _ = network(mini, f"model.name={name}")
    rows, labels = different(x, y, 8)
    if not predictor.classes:  # in their order, but none far from the others: that takes more steps
        even = torch.linspace(-1, 1, len(rows))
        labels = y.mean() + y.std() * even[labels.argsort().argsort()]
    optimiser = torch.optim.AdamW(predictor.parameters(), lr=0.01)
    losses: list[float] = []
    for _ in range(150):
        optimiser.zero_grad()
        loss = predictor.loss(predictor.network(rows), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_prediction_is_deterministic_and_rows_are_independent(mini: Made, name: str) -> None:
    predictor, x, _, _ = network(mini, f"model.name={name}", "model.dropout=0.5")
    model, rows = NetworkModel(predictor.train()), x.numpy()
    first = model.predict(rows)
    assert np.array_equal(first, model.predict(rows))
    size = max(1.0, float(np.abs(first).max()))  # of values far from 1 the last digits are others
    assert np.allclose(model.predict(rows[3:4]) / size, first[3:4] / size, atol=1e-5)
    assert first.std(axis=0).max() > 0


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_beats_a_guess(make: Make, task: str, name: str) -> None:
    made = make(task)
    settings = made.settings(f"model.name={name}", "trainer.epochs=12", *MODELS[name])
    data = made.load(settings)
    fitted = fit(new_job(settings, data), data.table, data.table)
    outputs, truth = fitted.predict(data.table), target_of(data.schema, data.table)
    if data.schema.classes:
        assert (outputs.argmax(axis=1) == truth).mean() > 0.8
        assert np.allclose(outputs.sum(axis=1), 1, atol=1e-5)
    else:
        assert np.abs(outputs[:, 0] - truth).mean() < 0.5 * np.abs(truth - truth.mean()).mean()
