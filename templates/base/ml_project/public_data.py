"""Public data sets by name, from scikit-learn, the Hugging Face Hub or ModelScope, as one table."""

from __future__ import annotations

import base64
import csv
import importlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ml_project.errors import UsageError

HUBS = ("sklearn", "huggingface", "modelscope")
SKLEARN = re.compile(r"^\w+$")


def bring(name: str, hub: str, split: str, output: Path) -> int:
    """Writes the data set as CSV with a column for each field; returns the number of rows."""
    rows = iter(_from_sklearn(name) if hub == "sklearn" else _from_hub(name, hub, split))
    first = next(rows, None)
    if first is None:
        raise UsageError(f"{name}: no rows in the split {split!r}")
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_suffix(".partial")
    count = 1
    with partial.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(first), lineterminator="\n")
        writer.writeheader()
        writer.writerow(first)
        for row in rows:
            writer.writerow(row)
            count += 1
    partial.replace(output)
    return count


def _from_sklearn(name: str) -> Iterator[dict[str, Any]]:
    """`iris` is load_iris, `california_housing` is fetch_california_housing."""
    from sklearn import datasets  # slow to load, and wanted here only

    found = [getattr(datasets, f"{verb}_{name}", None) for verb in ("load", "fetch")]
    loader = next((one for one in found if one is not None), None) if SKLEARN.match(name) else None
    if loader is None:
        raise UsageError(f"scikit-learn has no data set {name!r}")
    bunch = loader()
    names = [str(one) for one in getattr(bunch, "feature_names", range(bunch.data.shape[1]))]
    labels = getattr(bunch, "target_names", None)
    for cells, target in zip(bunch.data, bunch.target, strict=True):
        answer = labels[int(target)] if labels is not None and len(labels) > 1 else target
        yield {**dict(zip(names, cells, strict=True)), "target": answer}


def _from_hub(name: str, hub: str, split: str) -> Iterator[dict[str, Any]]:
    dataset = _load(name, hub, split)
    named = {key: kind for key, kind in dataset.features.items() if hasattr(kind, "int2str")}
    for row in dataset:
        yield dict(_flat({**row, **{key: kind.int2str(row[key]) for key, kind in named.items()}}))


def _load(name: str, hub: str, split: str) -> Any:
    package = "datasets" if hub == "huggingface" else "modelscope"
    try:
        module = importlib.import_module(package)
    except ImportError as error:
        raise UsageError(f"{hub} needs a further package: pip install {package}") from error
    name, _, part = name.partition(":")
    try:
        if hub == "huggingface":
            return module.load_dataset(name, part or None, split=split)
        return module.MsDataset.load(name, subset_name=part or None, split=split).to_hf_dataset()
    except (OSError, ValueError) as error:
        raise UsageError(f"{name}: {hub} did not give it: {error}") from error


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """{"translation": {"en": …, "zh": …}} becomes en and zh; an image becomes PNG in base64."""
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from _flat(value, prefix)
        elif hasattr(value, "save"):
            stream = io.BytesIO()
            value.save(stream, "PNG")
            yield prefix + key, base64.b64encode(stream.getvalue()).decode("ascii")
        else:
            yield prefix + key, value
