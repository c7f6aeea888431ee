"""The models without a network, as the graphs by which their translators run them."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np

from ml_project.features import Translator
from ml_project.ngrams import discount
from ml_project.translators.graph import Array, Feeds
from ml_project.translators.nearest import NearestTranslator
from ml_project.translators.phrase import PhraseTranslator

Arrays = dict[str, Array]


class BaselineModel:
    """`kind` is that of the features. A copy needs no arrays."""

    file_name = "checkpoint.joblib"

    def __init__(self, kind: str, arrays: Arrays) -> None:
        self.kind = kind
        self.arrays = arrays

    @property
    def parameters(self) -> int:
        return sum(array.size for array in self.arrays.values())

    def graph(self, _: str, feeds: Feeds) -> list[Array]:
        return GRAPHS[self.kind](self.arrays, feeds)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump({"kind": self.kind, "arrays": self.arrays}, path)
        return path


def _copy(_: Arrays, feeds: Feeds) -> list[Array]:
    return [feeds["texts"]]


def _nearest(arrays: Arrays, feeds: Feeds) -> list[Array]:
    """The nearest training text of each text, and how near it is."""
    scores = np.zeros((int(feeds["count"][0]), int(arrays["size"][0])), dtype=np.float32)
    entries = feeds["entries"]
    products = arrays["weights"][entries] * feeds["weights"]
    np.add.at(scores, (feeds["texts"], arrays["rows"][entries]), products)
    return [scores.argmax(axis=1), scores.max(axis=1)]


def _phrase(arrays: Arrays, feeds: Feeds) -> list[Array]:
    """Log-probabilities of grams: that of the part which was seen, less what was not."""
    return [arrays["logs"][feeds["found"]] + arrays["costs"][feeds["missed"]].sum(axis=1)]


GRAPHS = {"copy": _copy, "nearest": _nearest, "phrase": _phrase}


def fit_baseline(kind: str, translator: Translator) -> BaselineModel:
    """Numbers that follow from what the translator has kept of the training pairs."""
    arrays: Arrays = {}
    if isinstance(translator, NearestTranslator):
        arrays = _postings(translator)
    if isinstance(translator, PhraseTranslator):
        counts = dict(zip(translator.grams, translator.counts, strict=True))
        names = ("logs", "costs")
        arrays = {
            n: np.append(np.float32(0), a) for n, a in zip(names, discount(counts), strict=True)
        }
    return BaselineModel(kind, arrays)


def _postings(nearest: NearestTranslator) -> Arrays:
    """For each term the training texts that have it, one term after the other."""
    places, weights, lengths = nearest.weigh(nearest.sources)
    order = np.argsort(places, kind="stable")
    rows = np.repeat(np.arange(len(lengths)), lengths)[order]
    size = np.array([len(nearest.sources)])
    return {"rows": rows, "weights": weights[order], "size": size}


def load_baseline(path: Path) -> BaselineModel:
    return BaselineModel(**joblib.load(path))
