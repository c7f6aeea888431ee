from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_project.family import NETWORKS, TASKS
from ml_project.features import Features, fit_features
from ml_project.metrics import sequence_metrics
from ml_project.models.predictor import NetworkModel, Predictor, new_predictor
from ml_project.pairs import Pairs, pairs_of
from ml_project.symbols import PAD
from ml_project.training.examples import Examples, make_examples
from ml_project.training.fit import bounded_plan, fit
from tests.conftest import Make, new_job
from tests.made import MODELS, SMALL, STILL
from tests.places import Made

CPU = torch.device("cpu")


def network(made: Made, *overrides: str) -> tuple[Predictor, Features, Examples, Pairs]:
    torch.manual_seed(0)
    settings = made.settings(*SMALL, *STILL, *overrides)
    data = made.load(settings)
    pairs = pairs_of(data.schema, data.table)
    features = fit_features(data.schema, pairs, settings)
    return new_predictor(settings.model, features), features, make_examples(features, pairs), pairs


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_reach_every_parameter(mini: Made, name: str) -> None:
    predictor, _, examples, _ = network(mini, f"model.name={name}")
    source, before, target = examples.batch(range(len(examples)), CPU)
    predictor.loss(predictor.network(source, before), target).backward()
    for path, weight in predictor.named_parameters():
        assert weight.grad is not None and bool((weight.grad != 0).any()), path


@pytest.mark.parametrize("name", NETWORKS)
def test_a_small_batch_is_memorised(mini: Made, name: str) -> None:
    predictor, _, examples, _ = network(mini, f"model.name={name}")
    # Sources of symbols that the network does not know look alike to it.
    sources = examples.batch(range(len(examples)), CPU)[0].numpy()
    different = np.sort(np.unique(sources, axis=0, return_index=True)[1])[:8].tolist()
    source, before, target = examples.batch(different, CPU)
    optimiser = torch.optim.AdamW(predictor.parameters(), lr=0.005)
    losses: list[float] = []
    for _ in range(150):
        optimiser.zero_grad()
        loss = predictor.loss(predictor.network(source, before), target)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_no_symbol_sees_what_comes_after_it(make: Make, name: str) -> None:
    predictor, _, examples, _ = network(make(TASKS[0]), f"model.name={name}")
    source, before, _ = examples.batch(range(9), CPU)
    changed = before.clone()
    changed[:, 3:] = 5
    model = NetworkModel(predictor)
    first, second = (model.score(source.numpy(), b.numpy()) for b in (before, changed))
    assert np.allclose(first[:, :3], second[:, :3], atol=1e-5)
    assert not np.allclose(first[:, 3:], second[:, 3:], atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_answers_are_deterministic_and_independent_of_each_other(mini: Made, name: str) -> None:
    predictor, features, examples, pairs = network(mini, f"model.name={name}", "model.dropout=0.5")
    model, texts = NetworkModel(predictor.train()), [*pairs.sources[:9], "x" * 40, ""]
    assert features.translate(texts, model.graph) == features.translate(texts, model.graph)
    source, before, _ = examples.batch(range(9), CPU)
    together = model.score(source.numpy(), before.numpy())
    for row in range(9):
        source, before, _ = examples.batch([row], CPU)
        alone = model.score(source.numpy(), before.numpy())[0]
        assert np.allclose(together[row, : len(alone)], alone, atol=1e-4)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_symbol_of_the_source_counts(mini: Made, name: str) -> None:
    predictor, _, examples, _ = network(mini, f"model.name={name}")
    model, (source, before, _) = NetworkModel(predictor), examples.batch(range(9), CPU)
    first = model.score(source.numpy(), before.numpy())
    for place in range(source.shape[1]):
        changed = source.clone()
        known = (source[:, place] != PAD).numpy()
        changed[known, place] = torch.where(source[known, place] == 5, 6, 5)
        second = model.score(changed.numpy(), before.numpy())
        assert np.abs(first - second).max(axis=(1, 2))[known].min(initial=1) > 1e-6, place


@pytest.mark.parametrize("name", NETWORKS)
def test_padding_counts_for_nothing(mini: Made, name: str) -> None:
    predictor, _, examples, _ = network(mini, f"model.name={name}")
    batch = examples.batch(range(9), CPU)
    losses = []
    for more in (0, 7):
        source, before, target = (
            torch.nn.functional.pad(part, (0, more), value=PAD) for part in batch
        )
        losses.append(predictor.loss(predictor.network(source, before), target).item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_beats_a_copy(make: Make, name: str) -> None:
    made = make(TASKS[0])
    settings = made.settings(f"model.name={name}", "trainer.epochs=25", *MODELS[name])
    data = made.load(settings)
    fitted = fit(new_job(settings, data), data.table, data.table)
    pairs = pairs_of(data.schema, data.table)
    found = sequence_metrics(pairs.targets, fitted.translate(pairs.sources))
    assert (found["chrf"] or 0) > 0.5, found


def test_many_steps_mean_fewer_epochs(mini: Made) -> None:
    settings = mini.settings("trainer.epochs=40", "trainer.max_steps=30")
    job = new_job(settings, mini.load(settings))
    assert bounded_plan(job, 96).epochs == 5  # of 6 batches
    long = bounded_plan(job, 16 * 100)
    assert (long.epochs, long.batches, long.total_steps) == (1, 30, 30)
