"""Tree ensembles as one ONNX node. Thresholds are rounded down to float32, so that every
float32 input takes the same branch as in scikit-learn, which compares with float64."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """Flat arrays; a leaf has left = -1. `values` holds one row of outputs for each node."""

    feature: NDArray[np.int64]
    threshold: Floats
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    values: Floats
    outputs: tuple[int, ...]


@dataclass
class Ensemble:
    trees: list[Tree]
    outputs: int
    base: list[float] = field(default_factory=list)


def forest(estimator: Any, classes: int) -> Ensemble:
    """The mean of the trees: every leaf counts for its share."""
    outputs = len(estimator.classes_) if classes else 1
    count = len(estimator.estimators_)
    trees: list[Tree] = []
    for member in estimator.estimators_:
        tree = member.tree_
        values = tree.value[:, 0, :]
        if classes:
            values = values / values.sum(axis=1, keepdims=True)
        trees.append(
            Tree(
                tree.feature,
                tree.threshold,
                tree.children_left,
                tree.children_right,
                values / count,
                tuple(range(outputs)),
            )
        )
    return Ensemble(trees, outputs)


def boosting(estimator: Any) -> Ensemble:
    """The sum of the trees: one tree a round, or one a class and round."""
    stages = estimator._predictors
    trees = [_boosted(tree.nodes, k) for stage in stages for k, tree in enumerate(stage)]
    base = np.ravel(estimator._baseline_prediction)
    return Ensemble(trees, len(stages[0]), [float(value) for value in base])


def _boosted(nodes: Any, output: int) -> Tree:
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        nodes["feature_idx"].astype(np.int64),
        nodes["num_threshold"].astype(np.float64),
        np.where(leaf, -1, nodes["left"].astype(np.int64)),
        np.where(leaf, -1, nodes["right"].astype(np.int64)),
        nodes["value"].astype(np.float64).reshape(-1, 1),
        (output,),
    )


def tree_node(ensemble: Ensemble, given: str, result: str) -> NodeProto:
    attributes = _branches(ensemble.trees) | _leaves(ensemble.trees)
    if ensemble.base:
        attributes["base_values"] = ensemble.base
    return helper.make_node(
        "TreeEnsembleRegressor",
        [given],
        [result],
        domain="ai.onnx.ml",
        n_targets=ensemble.outputs,
        aggregate_function="SUM",
        post_transform="NONE",
        **attributes,
    )


def _branches(trees: list[Tree]) -> dict[str, list[Any]]:
    leaves = [tree.left < 0 for tree in trees]
    pairs = list(zip(trees, leaves, strict=True))
    return {
        "nodes_treeids": _join(np.full(len(t.left), i) for i, t in enumerate(trees)),
        "nodes_nodeids": _join(np.arange(len(t.left)) for t in trees),
        "nodes_featureids": _join(np.where(leaf, 0, t.feature) for t, leaf in pairs),
        "nodes_modes": ["LEAF" if end else "BRANCH_LEQ" for end in np.concatenate(leaves).tolist()],
        "nodes_values": _join(np.where(leaf, 0, round_down(t.threshold)) for t, leaf in pairs),
        "nodes_truenodeids": _join(np.where(leaf, 0, t.left) for t, leaf in pairs),
        "nodes_falsenodeids": _join(np.where(leaf, 0, t.right) for t, leaf in pairs),
    }


def _leaves(trees: list[Tree]) -> dict[str, list[Any]]:
    ends = [np.flatnonzero(tree.left < 0) for tree in trees]
    widths = [len(tree.outputs) for tree in trees]
    pairs = list(zip(trees, ends, widths, strict=True))
    return {
        "target_treeids": _join(np.full(len(e) * w, i) for i, (_, e, w) in enumerate(pairs)),
        "target_nodeids": _join(np.repeat(e, w) for _, e, w in pairs),
        "target_ids": _join(np.tile(t.outputs, len(e)) for t, e, _ in pairs),
        "target_weights": _join(t.values[e].ravel() for t, e, _ in pairs),
    }


def round_down(values: Floats) -> Floats:
    """The largest float32 that is not above the value."""
    near = values.astype(np.float32)
    below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > values, below, near).astype(np.float64)


def _join(parts: Iterable[NDArray[Any]]) -> list[Any]:
    joined: list[Any] = np.concatenate(list(parts)).tolist()
    return joined


def link_nodes(raw: str, result: str, outputs: int) -> tuple[list[NodeProto], list[TensorProto]]:
    """Raw scores of a boosted classifier to probabilities, two columns for one score."""
    if outputs > 1:
        return [helper.make_node("Softmax", [raw], [result], axis=1)], []
    one = numpy_helper.from_array(np.ones(1, dtype=np.float32), "one")
    nodes = [
        helper.make_node("Sigmoid", [raw], ["second"]),
        helper.make_node("Sub", ["one", "second"], ["first"]),
        helper.make_node("Concat", ["first", "second"], [result], axis=1),
    ]
    return nodes, [one]
