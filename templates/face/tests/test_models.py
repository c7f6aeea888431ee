from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from ml_project.family import NETWORKS, TASKS
from ml_project.features import fit_features
from ml_project.models.predictor import NetworkModel, Predictor, new_predictor
from ml_project.pairs import make_pairs
from ml_project.people import people_of
from ml_project.predictions import Predictions
from ml_project.training.data import split_data
from ml_project.training.fit import fit
from ml_project.training.loop import overlap
from tests.conftest import Make, new_job
from tests.made import MODELS, STILL
from tests.places import Made


def network(made: Made, *overrides: str) -> tuple[Predictor, torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    settings = made.settings(*overrides, *STILL)
    data = made.load(settings)
    features = fit_features(data.schema, data.table, settings)
    x = torch.from_numpy(features.transform(data.table.columns))
    people = torch.from_numpy(people_of(data.schema, data.table))
    return new_predictor(settings.model, features, int(people.max()) + 1), x, people


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_reach_every_parameter(mini: Made, name: str) -> None:
    predictor, x, people = network(mini, f"model.name={name}")
    predictor.loss(predictor.network(x), people).backward()
    for path, weight in predictor.named_parameters():
        assert weight.grad is not None and bool((weight.grad != 0).any()), path


@pytest.mark.parametrize("name", NETWORKS)
def test_a_small_batch_is_memorised(mini: Made, name: str) -> None:
    predictor, x, people = network(mini, f"model.name={name}")
    optimiser = torch.optim.AdamW(predictor.parameters(), lr=0.01)
    losses: list[float] = []
    for _ in range(60):
        optimiser.zero_grad()
        loss = predictor.loss(predictor.network(x[:8]), people[:8])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_training_lowers_the_loss(mini: Made, name: str) -> None:
    settings = mini.settings(f"model.name={name}", "trainer.epochs=8", *MODELS[name], *STILL)
    data = mini.load(settings)
    history = fit(new_job(settings, data), data.table, data.table).history
    losses = [row["loss"] for row in history if row["split"] == "train"]
    assert losses[-1] < 0.9 * losses[0], losses


@pytest.mark.parametrize("name", NETWORKS)
def test_the_margin_makes_the_own_person_harder(mini: Made, name: str) -> None:
    predictor, x, people = network(mini, f"model.name={name}")
    cosines = predictor.network(x)
    with_margin = predictor.loss(cosines, people)
    predictor.margin = 0.0
    without = predictor.loss(cosines, people)
    plain = torch.nn.functional.cross_entropy(predictor.scale * cosines, people)
    assert with_margin > without
    assert without.item() == pytest.approx(plain.item(), rel=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_embeddings_are_deterministic_and_rows_are_independent(mini: Made, name: str) -> None:
    predictor, x, _ = network(mini, f"model.name={name}", "model.dropout=0.5")
    model, rows = NetworkModel(predictor.train()), x.numpy()
    first = model.predict(rows)
    assert np.array_equal(first, model.predict(rows))
    assert np.allclose(model.predict(rows[3:4]), first[3:4], atol=1e-5)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    assert first.std(axis=0).max() > 0


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MODELS)
def test_light_and_contrast_change_nothing(make: Make, task: str, name: str) -> None:
    made = make(task)
    settings = made.settings(f"model.name={name}", "trainer.epochs=1", *MODELS[name])
    data = made.load(settings)
    fitted = fit(new_job(settings, data), *split_data(data, 0.2, 0))
    x = fitted.examples.valid.x
    assert np.allclose(fitted.model.predict(x), fitted.model.predict(0.5 * x + 0.3), atol=1e-3)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", MODELS)
def test_every_model_tells_new_people_apart(make: Make, task: str, name: str) -> None:
    made = make(task)
    settings = made.settings(f"model.name={name}", "trainer.epochs=12", *MODELS[name])
    data = made.load(settings)
    fitted = fit(new_job(settings, data), *split_data(data, 0.3, 0))
    found = fitted.examples.valid.compared(fitted.model).metrics()
    assert (found["auc"] or 0) > 0.75 and (found["rank1"] or 0) > 0.4


def test_the_overlap_is_small_where_the_same_person_looks_alike() -> None:
    people = np.repeat(np.arange(6), 3)
    pairs = make_pairs(people)
    alike = np.where(pairs.same, 0.9, 0.1) + np.linspace(0, 0.05, len(pairs))
    names = [str(person) for person in people]

    def of(similarity: NDArray[np.float64]) -> float:
        return overlap(Predictions(names, names, pairs, similarity.astype(np.float32), 0.5))

    assert of(alike) < 0.01
    assert of(1 - alike) > 0.9
