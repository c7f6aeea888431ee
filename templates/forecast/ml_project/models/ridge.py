"""Ridge regression in closed form, one for each step of the forecast."""

from __future__ import annotations

import numpy as np

from ml_project.layout import Floats, Layout

STRENGTHS = 10.0 ** np.arange(-2, 5, 0.5)
FREEDOM = 1.4  # what a weight counts: with 1, neighbours in time, being alike, ask for too many
Line = tuple[Floats, Floats]


def fit_ridge(x: Floats, z: Floats, layout: Layout, strength: float) -> Line:
    """Weights [steps, width] and biases [steps]. A step without any truth stays at the anchor."""
    weights = np.zeros((layout.horizon, layout.width))
    bias = np.zeros(layout.horizon)
    for step in range(layout.horizon):
        known, columns = np.flatnonzero(np.isfinite(z[:, step])), np.array(layout.columns(step))
        if len(known):
            seen = x[np.ix_(known, columns)].astype(np.float64)
            weights[step, columns], bias[step] = _solve(seen, z[known, step], strength)
    return weights, bias


def _solve(x: Floats, z: Floats, strength: float) -> tuple[Floats, float]:
    middle, mean = x.mean(axis=0), float(z.mean())
    centered, rest = x - middle, z - mean
    values, vectors = np.linalg.eigh(centered.T @ centered)
    values = np.maximum(values, 0.0)
    rotated = vectors.T @ (centered.T @ rest)
    chosen = strength or choose_strength(values, rotated, float(rest @ rest), len(z))
    weights = vectors @ (rotated / (values + chosen))
    return weights, mean - float(middle @ weights)


def choose_strength(values: Floats, rotated: Floats, total: float, rows: int) -> float:
    """By generalised cross-validation: the error that leaving out one row after another gives,
    from the eigenvalues alone."""

    def error(strength: float) -> float:
        fit = rotated / (values + strength)
        residual = max(total - 2 * float(fit @ rotated) + float(fit**2 @ values), 0.0)
        left = rows - 1 - FREEDOM * float((values / (values + strength)).sum())
        return residual / left**2 if left > 0.02 * rows else float("inf")

    return float(min(STRENGTHS[::-1], key=error))
