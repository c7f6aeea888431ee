"""Turns texts into the model's input: weighted terms, or the sequence of words.

Needs numpy and the standard library only, so that the service runs the same code as training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.errors import DataError
from ml_project.schema import Schema, check_columns
from ml_project.settings import Settings
from ml_project.table import Table, read_table
from ml_project.terms import normalise
from ml_project.texts import joined
from ml_project.values import words
from ml_project.vocabulary import Vocabulary, fit_terms, fit_words, weigh

Matrix = NDArray[np.float32]
FORMAT = 1
TERMS, WORDS = "terms", "words"
NUMBER_OF_UNKNOWN = 1  # 0 pads
FIRST_NUMBER = 2


@dataclass(frozen=True)
class Features:
    """Fitted on training texts only. `length` is what a text fills at most."""

    columns: list[str]
    kind: str
    length: int
    vocabulary: Vocabulary
    numbers: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        first = FIRST_NUMBER if self.kind == WORDS else 1
        object.__setattr__(
            self, "numbers", {term: first + i for i, term in enumerate(self.vocabulary.terms)}
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row of the matrix: the terms' numbers and weights, or the words' numbers."""
        return (2, self.length) if self.kind == TERMS else (self.length,)

    @property
    def width(self) -> int:
        return int(np.prod(self.shape))

    @property
    def size(self) -> int:
        """Numbers that can occur in the matrix."""
        return len(self.vocabulary.terms) + FIRST_NUMBER

    @property
    def architecture(self) -> dict[str, Any]:
        """What a network must know of its input."""
        return {"size": self.size, "length": self.length}

    def transform(self, columns: Mapping[str, Sequence[object]]) -> Matrix:
        return self.transform_inputs(joined(columns, self.columns))

    def transform_inputs(self, inputs: Sequence[object]) -> Matrix:
        """Texts as the service takes them."""
        x = np.zeros((len(inputs), *self.shape), dtype=np.float32)
        for row, text in zip(x, inputs, strict=True):
            if self.kind == TERMS:
                numbers, weights = weigh(text, self.numbers, self.vocabulary.weights, self.length)
                row[0, : len(numbers)], row[1, : len(numbers)] = numbers, weights
            else:
                found = words(normalise(text))[: self.length]
                row[: len(found)] = [self.numbers.get(word, NUMBER_OF_UNKNOWN) for word in found]
        return x

    def measures(self, x: Matrix) -> Matrix:
        """How much of a text is known: a shift of its mean can be tested."""
        numbers = x[:, 0] if self.kind == TERMS else x
        known = (numbers >= (1 if self.kind == TERMS else FIRST_NUMBER)).sum(axis=1)
        return known.astype(np.float32).reshape(-1, 1)

    def save(self, path: Path) -> None:
        content = {
            "format": FORMAT,
            "columns": self.columns,
            "kind": self.kind,
            "length": self.length,
            "vocabulary": asdict(self.vocabulary),
        }
        path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def read_rows(file: Path, _: Settings, __: Path) -> Table:
    """The rows as they stand in the file."""
    return read_table(file)


def fit_features(schema: Schema, table: Table, settings: Settings) -> Features:
    check_columns(schema, table)
    columns = [column.name for column in schema.inputs]
    texts, data = joined(table.columns, columns), settings.data
    if settings.model.name == "cnn":
        vocabulary, longest = fit_words(texts, data.min_count, data.max_terms)
        return Features(columns, WORDS, max(8, min(longest, data.max_words_per_text)), vocabulary)
    vocabulary, longest = fit_terms(texts, data.min_count, data.max_terms)
    return Features(columns, TERMS, max(1, min(longest, data.max_terms_per_text)), vocabulary)


def load_features(path: Path) -> Features:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.get("format") != FORMAT:
        raise DataError(f"{path}: unknown format {raw.get('format')!r}")
    return Features(raw["columns"], raw["kind"], raw["length"], Vocabulary(**raw["vocabulary"]))
