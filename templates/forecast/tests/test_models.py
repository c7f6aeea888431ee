from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_project.family import NETWORKS
from ml_project.features import fit_features
from ml_project.models.predictor import NetworkModel, Predictor, new_predictor
from ml_project.models.ridge import choose_strength, fit_ridge
from ml_project.predictions import score
from ml_project.training.data import split_data
from ml_project.training.examples import Examples, forecasts_of
from ml_project.training.fit import fit
from tests.conftest import Make, new_job
from tests.made import MODELS
from tests.places import Made

CPU = torch.device("cpu")


def network(made: Made, *overrides: str) -> tuple[Predictor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    settings = made.settings(*overrides, "model.dropout=0")
    data = made.load(settings)
    features = fit_features(data.schema, data.table, settings)
    predictor = new_predictor(settings.model, features, 0)
    asked = forecasts_of(features, data.table)
    x, z = Examples(asked, asked).tensors(CPU, 0)
    predictor.prepare(x, z)
    return predictor, x, z


def train(predictor: Predictor, x: torch.Tensor, z: torch.Tensor, steps: int) -> list[float]:
    optimiser = torch.optim.AdamW(predictor.parameters(), lr=0.01)
    losses: list[float] = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = predictor.loss(predictor.network(x), z)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_reach_every_parameter(mini: Made, name: str) -> None:
    """At the second step: what starts at zero holds back the first."""
    predictor, x, z = network(mini, f"model.name={name}")
    train(predictor, x, z, 2)
    for path, weight in predictor.named_parameters():
        if weight.requires_grad and weight.numel():  # years have no calendar: an empty block
            assert weight.grad is not None and bool((weight.grad != 0).any()), path


@pytest.mark.parametrize("name", NETWORKS)
def test_a_small_batch_is_memorised(make: Make, name: str) -> None:
    predictor, x, z = network(make("time_series_forecasting"), f"model.name={name}")
    losses = train(predictor, x[:8], z[:8], 100)
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_prediction_is_deterministic_and_rows_are_independent(mini: Made, name: str) -> None:
    predictor, x, z = network(mini, f"model.name={name}")
    train(predictor, x, z, 5)
    model, rows = NetworkModel(predictor.train()), x.numpy()
    first = model.predict(rows)
    assert np.array_equal(first, model.predict(rows))
    assert np.allclose(model.predict(rows[3:4]), first[3:4], rtol=1e-5)
    assert first.std(axis=0).min() > 0


def test_the_perceptron_starts_as_the_ridge(mini: Made) -> None:
    predictor, x, z = network(mini, "model.name=mlp")
    weights, bias = fit_ridge(x.numpy(), z.double().numpy(), predictor.network.layout, 0.0)
    with torch.no_grad():
        found = predictor.network(x).squeeze(1).numpy()
    assert np.allclose(found, x.numpy() @ weights.T + bias, atol=1e-4)


def test_a_step_without_truth_does_not_count(mini: Made) -> None:
    predictor, x, z = network(mini, "model.name=mlp")
    raw = predictor.network(x)
    half = torch.where(torch.arange(len(z)).unsqueeze(1) % 2 == 0, z, torch.nan)
    even = predictor.loss(raw[::2], z[::2])
    assert predictor.loss(raw, half).item() == pytest.approx(even.item())


def test_noise_asks_for_a_strong_ridge_and_a_line_for_a_weak_one() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 30))
    x -= x.mean(axis=0)
    values, vectors = np.linalg.eigh(x.T @ x)
    found = []
    for z in (random.normal(size=200), x[:, 0] + 0.01 * random.normal(size=200)):
        rotated = vectors.T @ (x.T @ (z - z.mean()))
        found.append(choose_strength(values, rotated, float(((z - z.mean()) ** 2).sum()), 200))
    assert found[0] > 100 > 1 > found[1]


@pytest.mark.parametrize("name", ["seasonal_naive", *MODELS])
def test_every_model_beats_the_last_value_on_a_seasonal_series(make: Make, name: str) -> None:
    made = make("time_series_forecasting")
    errors = []
    for model in ("last_value", name):
        options = ["trainer.epochs=12", *MODELS.get(model, [])]
        settings = made.settings(f"model.name={model}", *options)
        data = made.load(settings)
        train_rows, valid = split_data(data, 0.2)
        fitted = fit(new_job(settings, data), train_rows, valid)
        asked = fitted.examples.valid
        outputs = fitted.model.predict(asked.x)
        assert outputs.shape == asked.y.shape
        errors.append(score(data.schema, asked.y, outputs)["mae"] or 0.0)
    assert errors[1] < 0.5 * errors[0]
