"""Does the exported model answer as the trained one does?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ml_project.features import Features
from ml_project.models.predictor import NetworkModel
from ml_project.models.store import Model
from ml_project.symbols import END, PAD, START, UNKNOWN
from ml_project.translators.graph import DECODER, MODEL, Array, Graph
from ml_project.translators.nearest import NearestTranslator
from ml_project.translators.phrase import PhraseTranslator
from ml_project.translators.sequence import SequenceTranslator

BATCHES = (1, 7, 64)
LENGTHS = ((3, 2), (12, 9), (5, 17))  # symbols of a source and of an answer, in each batch
TOLERANCE = 1e-4  # times the size of the largest number where that exceeds 1
DIFFERING = 0.02  # share of texts that may differ, since two answers can be equally likely


def check_parity(
    model: Model, exported: Graph, features: Features, texts: Sequence[str], seed: int
) -> dict[str, Any]:
    """Numbers at three shapes, then whole answers."""
    worst, largest = 0.0, 1.0
    for want, got in _numbers(model, exported, features, texts, np.random.default_rng(seed)):
        if want.shape != got.shape:
            raise ValueError(f"the export gives {got.shape}, not {want.shape}")
        worst = max(worst, float(np.abs(want - got).max()))
        largest = max(largest, float(np.abs(want).max()))
    answers = (features.translate(texts, graph) for graph in (model.graph, exported))
    differing = sum(want != got for want, got in zip(*answers, strict=True))
    tolerance = TOLERANCE * largest
    return {
        "batches": list(BATCHES),
        "max_abs_difference": worst,
        "tolerance": tolerance,
        "texts": len(texts),
        "differing_texts": differing,
        "passed": bool(worst <= tolerance and differing <= DIFFERING * len(texts)),
    }


def _numbers(
    model: Model,
    exported: Graph,
    features: Features,
    texts: Sequence[str],
    random: np.random.Generator,
) -> Iterator[tuple[Array, Array]]:
    translator = features.translator
    for batch, lengths in zip(BATCHES, LENGTHS, strict=True):
        if isinstance(model, NetworkModel) and isinstance(translator, SequenceTranslator):
            source, before = _made_up(translator, batch, lengths, random)
            yield model.score(source, before), _step_by_step(exported, source, before)
        elif isinstance(translator, NearestTranslator):
            feeds = translator.feeds([texts[i] for i in random.integers(0, len(texts), batch)])
            yield model.graph(MODEL, feeds)[1], exported(MODEL, feeds)[1]
        elif isinstance(translator, PhraseTranslator):
            rows, width = len(translator.grams) + 1, max(1, translator.order - 1)
            feeds = {"found": random.integers(0, rows, batch)}
            feeds["missed"] = random.integers(0, rows, (batch, width))
            yield model.graph(MODEL, feeds)[0], exported(MODEL, feeds)[0]


def _made_up(
    translator: SequenceTranslator,
    batch: int,
    lengths: tuple[int, int],
    random: np.random.Generator,
) -> tuple[Array, Array]:
    """Symbols in any order: sources of several lengths, and what stands before each symbol."""
    source = random.integers(UNKNOWN, len(translator.source), (batch, lengths[0]))
    ends = random.integers(1, lengths[0] + 1, (batch, 1))
    source[np.arange(lengths[0]) >= ends] = PAD
    before = random.integers(END, len(translator.target), (batch, lengths[1]))
    before[:, 0] = START
    return source, before


def _step_by_step(graph: Graph, source: Array, before: Array) -> Array:
    memory, state = graph(MODEL, {"source": source})
    about = {"source": source, "memory": memory}
    logs: list[Array] = []
    for token in before.T:
        feeds = {"token": np.ascontiguousarray(token), **about, "state": state}
        step, state = graph(DECODER, feeds)
        logs.append(step)
    return np.stack(logs, axis=1)
