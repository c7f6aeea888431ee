"""Beam search: the likeliest texts under a decoder that gives one symbol after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.symbols import END, START
from ml_project.translators.graph import DECODER, MODEL, Array, Graph

Numbers = NDArray[np.int64]
Scores = NDArray[np.float64]


@dataclass
class Open:
    """Texts that may go on: several for each input, the best first."""

    inputs: Numbers  # [inputs]
    scores: Scores  # [inputs, texts]: sums of log-probabilities
    texts: Numbers  # [inputs, texts, symbols]
    about: tuple[Array, Array]  # what the decoder knows of each text's input: the same for all
    state: Array  # what it knows of the text so far; both have a row for each text

    def take(self, kept: NDArray[Any]) -> Open:
        """Only some of the inputs, with all their texts."""
        rows = np.arange(self.scores.size).reshape(self.scores.shape)[kept].ravel()
        source, memory = self.about
        about = (source[rows], memory[rows])
        return Open(self.inputs[kept], self.scores[kept], self.texts[kept], about, self.state[rows])


@dataclass
class Ended:
    """The best complete text of each input, and how many it has."""

    texts: list[list[int]]
    scores: Scores
    counts: Numbers

    def add(self, index: int, text: Numbers, score: float) -> None:
        self.counts[index] += 1
        if score > self.scores[index]:
            self.texts[index], self.scores[index] = text.tolist(), score


def beam_search(
    graph: Graph, source: Numbers, limits: Numbers, width: int, penalty: float
) -> list[list[int]]:
    """`limits` are the most symbols of each answer. A score is divided by length ** `penalty`,
    without which short answers win (Wu et al. 2016). A width of 1 is greedy search."""
    count = len(source)
    memory, state = graph(MODEL, {"source": source})
    start = np.full((count, 1, 1), START, dtype=np.int64)
    going = Open(np.arange(count), np.zeros((count, 1)), start, (source, memory), state)
    ended = Ended([[] for _ in range(count)], np.full(count, -np.inf), np.zeros(count, np.int64))
    while len(going.inputs):
        going = _step(graph, going, ended, width, penalty)
        length = going.texts.shape[2] - 1
        hopes = going.scores[:, 0] / (length + 1) ** penalty
        wait = (ended.counts[going.inputs] < width) & (ended.scores[going.inputs] < hopes)
        cut = np.flatnonzero(wait & (limits[going.inputs] <= length))
        for row in cut[ended.counts[going.inputs[cut]] == 0]:
            ended.add(going.inputs[row], going.texts[row, 0, 1:], hopes[row])
        wait[cut] = False
        going = going if wait.all() else going.take(np.flatnonzero(wait))
    return ended.texts


def _step(graph: Graph, going: Open, ended: Ended, width: int, penalty: float) -> Open:
    """Every text with every symbol behind it; of an input's, the best `width` are kept."""
    count, texts, length = going.texts.shape
    source, memory = going.about
    tokens = going.texts[:, :, -1].reshape(-1)
    feeds = {"token": tokens, "source": source, "memory": memory, "state": going.state}
    logs, state = graph(DECODER, feeds)
    # What lies before END is not written: padding, the unknown symbol, the start.
    scores = going.scores[:, :, None] + logs[:, END:].reshape(count, texts, -1)
    symbols = scores.shape[2]
    kept = min(width, texts * (symbols - 1))
    chosen, values = _largest(scores.reshape(count, -1), kept + texts)
    ends = chosen % symbols == 0
    for row, place in np.argwhere(ends[:, :width]):
        text = going.texts[row, chosen[row, place] // symbols, 1:]
        ended.add(going.inputs[row], text, values[row, place] / length**penalty)
    order = np.argsort(ends, axis=1, kind="stable")[:, :kept]
    chosen = np.take_along_axis(chosen, order, axis=1)
    parents, last = chosen // symbols, chosen % symbols + END
    before = np.take_along_axis(going.texts, parents[:, :, None], axis=1)
    rows = (np.arange(count)[:, None] * texts + parents).ravel()
    about = going.about if kept == texts else (source[rows], memory[rows])
    values = np.take_along_axis(values, order, axis=1)
    return Open(
        going.inputs, values, np.concatenate([before, last[:, :, None]], 2), about, state[rows]
    )


def _largest(scores: Scores, count: int) -> tuple[Numbers, Scores]:
    """Places and values of the largest of each row, in order; of equals the first."""
    if count < scores.shape[1]:
        places = np.sort(np.argpartition(-scores, count - 1, axis=1)[:, :count], axis=1)
    else:
        places = np.tile(np.arange(scores.shape[1]), (len(scores), 1))
    values = np.take_along_axis(scores, places, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(places, order, 1), np.take_along_axis(values, order, 1)
