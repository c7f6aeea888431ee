"""Beam search against all answers that there can be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ml_project.decoding import beam_search
from ml_project.symbols import END, START
from ml_project.translators.graph import MODEL, Array, Feeds, Graph

SYMBOLS = 7  # three can be written besides END


def decoder(seed: int) -> Graph:
    """What follows depends on the source and on the last two symbols, by chance."""
    logits = np.random.default_rng(seed).normal(size=(3, SYMBOLS, SYMBOLS, SYMBOLS)) * 2
    logs = logits - np.log(np.exp(logits).sum(axis=3, keepdims=True))

    def graph(part: str, feeds: Feeds) -> list[Array]:
        source = feeds["source"]
        if part == MODEL:
            return [source, np.full(len(source), START)]
        assert (feeds["memory"] == source).all()
        return [logs[source[:, 0], feeds["state"], feeds["token"]], feeds["token"]]

    return graph


def likelihood(graph: Graph, source: int, answer: tuple[int, ...]) -> float:
    state, total = np.array([START]), 0.0
    sources = np.array([[source]])
    for token, following in itertools.pairwise((START, *answer, END)):
        feeds = {"source": sources, "memory": sources, "state": state, "token": np.array([token])}
        logs, state = graph("decoder", feeds)
        total += logs[0, following]
    return total


@pytest.mark.parametrize("seed", range(10))
def test_a_wide_beam_finds_the_likeliest_answer(seed: int) -> None:
    graph, limits = decoder(seed), np.array([4, 4, 4])
    found = beam_search(graph, np.arange(3).reshape(3, 1), limits, 200, 0.0)
    written = range(END + 1, SYMBOLS)
    answers = [a for n in range(4) for a in itertools.product(written, repeat=n)]
    for source, text in enumerate(found):
        best = max(answers, key=lambda answer: likelihood(graph, source, answer))
        assert tuple(text) == best


@pytest.mark.parametrize("seed", range(5))
def test_width_one_takes_the_best_symbol_each_time(seed: int) -> None:
    graph, sources = decoder(seed), np.arange(3).reshape(3, 1)
    found = beam_search(graph, sources, np.array([6, 6, 6]), 1, 1.0)
    for source, text in enumerate(found):
        state, token, greedy = np.array([START]), START, []
        for _ in range(6):
            row = sources[source : source + 1]
            feeds = {"source": row, "memory": row, "state": state, "token": np.array([token])}
            logs, state = graph("decoder", feeds)
            token = END + int(logs[0, END:].argmax())
            if token == END:
                break
            greedy.append(token)
        assert text == greedy


def test_texts_of_different_limits_do_not_disturb_each_other() -> None:
    graph, sources = decoder(3), np.array([[0], [1], [2], [1]])
    limits = np.array([1, 3, 8, 5])
    together = beam_search(graph, sources, limits, 3, 0.6)
    for row in range(4):
        alone = beam_search(graph, sources[row : row + 1], limits[row : row + 1], 3, 0.6)
        assert together[row] == alone[0] and len(alone[0]) <= limits[row]
