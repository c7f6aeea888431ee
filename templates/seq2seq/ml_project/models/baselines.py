"""The models without a network, as the graph by which their translators run them."""

from __future__ import annotations

from pathlib import Path

import joblib
import numpy as np

from ml_project.features import Translator
from ml_project.translators.graph import Array, Feeds
from ml_project.translators.nearest import NearestTranslator


class BaselineModel:
    """Arrays; none for a model that has nothing to know."""

    file_name = "checkpoint.joblib"

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.arrays = arrays

    @property
    def parameters(self) -> int:
        return sum(array.size for array in self.arrays.values())

    def graph(self, _: str, feeds: Feeds) -> list[Array]:
        """The nearest training text and how near it is, or the texts as they came."""
        if not self.arrays:
            return [feeds["texts"]]
        texts, entries = int(feeds["count"][0]), feeds["entries"]
        scores = np.zeros((texts, int(self.arrays["size"][0])), dtype=np.float32)
        products = self.arrays["weights"][entries] * feeds["weights"]
        np.add.at(scores, (feeds["texts"], self.arrays["rows"][entries]), products)
        return [scores.argmax(axis=1), scores.max(axis=1)]

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump(self.arrays, path)
        return path


def fit_baseline(translator: Translator) -> BaselineModel:
    """For each term of the vocabulary the training texts that have it, one term after the other."""
    if not isinstance(translator, NearestTranslator):
        return BaselineModel({})
    places, weights, lengths = translator.weigh(translator.sources)
    order = np.argsort(places, kind="stable")
    rows = np.repeat(np.arange(len(lengths)), lengths)[order]
    size = np.array([len(translator.sources)])
    return BaselineModel({"rows": rows, "weights": weights[order], "size": size})


def load_baseline(path: Path) -> BaselineModel:
    return BaselineModel(joblib.load(path))
