"""Baselines that need no gradient: each is a linear map of a small grey image."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from ml_project.features import Features, Matrix
from ml_project.people import People

Numbers = NDArray[np.float64]
FLAT = 1e-6  # spread of an image in which nothing is seen


@dataclass(frozen=True)
class EstimatorModel:
    """`pool` [side, size] shrinks an image, `matrix` [side², width] describes what is left of it
    after its own mean and spread are taken out and `center` is subtracted."""

    pool: Matrix
    center: Matrix
    matrix: Matrix

    file_name = "checkpoint.joblib"

    @property
    def parameters(self) -> int:
        return int(self.center.size + self.matrix.size)

    def predict(self, x: Matrix) -> Matrix:
        """Embeddings [images, width] of length 1."""
        described = (small(x, self.pool) - self.center) @ self.matrix
        length = np.linalg.norm(described, axis=1, keepdims=True)
        return (described / np.maximum(length, 1e-12)).astype(np.float32)

    def save(self, folder: Path) -> Path:
        path = folder / self.file_name
        joblib.dump(vars(self), path)
        return path


def load_estimator(path: Path) -> EstimatorModel:
    return EstimatorModel(**joblib.load(path))


def fit_estimator(settings: Any, features: Features, x: Matrix, people: People) -> EstimatorModel:
    """`settings` is the part `model` of the configuration."""
    pool = pooling(features.size, getattr(settings, "side", 1))
    center, matrix = FIT[settings.name](settings, small(x, pool).astype(np.float64), people)
    return EstimatorModel(pool, center.astype(np.float32), matrix.astype(np.float32))


def pooling(size: int, side: int) -> Matrix:
    """[side, size]: each of the small image's lines is the mean of those that it covers."""
    edges = np.linspace(0, size, min(side, size) + 1)
    lines = np.arange(size)
    covered = np.minimum(edges[1:, None], lines + 1) - np.maximum(edges[:-1, None], lines)
    shares = np.clip(covered, 0, None)
    return (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)


def small(x: Matrix, pool: Matrix) -> Matrix:
    """[images, side²] of [images, channels, size, size]: grey, and without light and contrast."""
    grey = (pool @ x.mean(axis=1) @ pool.T).reshape(len(x), -1)
    grey = grey - grey.mean(axis=1, keepdims=True)
    return np.asarray(grey / np.maximum(grey.std(axis=1, keepdims=True), FLAT))


def _constant(_: Any, z: Numbers, __: People) -> tuple[Numbers, Numbers]:
    """Nothing is like anything: every pair is different."""
    return np.zeros(z.shape[1]), np.zeros((z.shape[1], 1))


def _pixels(_: Any, z: Numbers, __: People) -> tuple[Numbers, Numbers]:
    """Normalised correlation of the pixels."""
    return np.zeros(z.shape[1]), np.eye(z.shape[1])


def _eigenfaces(settings: Any, z: Numbers, _: People) -> tuple[Numbers, Numbers]:
    """Whitened principal components (Turk & Pentland 1991)."""
    found = _components(settings, z)
    return found.mean_, found.components_.T / np.sqrt(found.explained_variance_)


def _fisherfaces(settings: Any, z: Numbers, people: People) -> tuple[Numbers, Numbers]:
    """Discriminants of principal components (Belhumeur et al. 1997), with the shrunk covariance
    of Ledoit & Wolf (2004). A fixed number of them keeps similarities alike whoever trains."""
    found = _components(settings, z)
    analysis = LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto")
    analysis.fit(found.transform(z), people)
    directions = analysis.scalings_[:, : min(settings.discriminants, len(analysis.classes_) - 1)]
    return found.mean_, found.components_.T @ directions


def _components(settings: Any, z: Numbers) -> PCA:
    count = min(settings.components, len(z) - 1, z.shape[1])
    return PCA(n_components=count, svd_solver="full").fit(z)


FIT: dict[str, Callable[[Any, Numbers, People], tuple[Numbers, Numbers]]] = {
    "constant": _constant,
    "pixels": _pixels,
    "eigenfaces": _eigenfaces,
    "fisherfaces": _fisherfaces,
}
