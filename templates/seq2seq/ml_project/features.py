"""How texts become numbers and numbers texts, fitted on training pairs; for each kind of model.

Needs numpy and the standard library only, so that the service runs the same code as training.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_project.errors import DataError
from ml_project.family import NETWORKS
from ml_project.pairs import Pairs, source_column
from ml_project.schema import Schema
from ml_project.settings import Settings
from ml_project.symbols import Symbols
from ml_project.texts import normalise
from ml_project.translators.copying import CopyTranslator
from ml_project.translators.graph import Graph
from ml_project.translators.nearest import NearestTranslator, fit_nearest
from ml_project.translators.phrase import PhraseTranslator, fit_phrase
from ml_project.translators.sequence import SequenceTranslator, fit_sequence

Translator = CopyTranslator | NearestTranslator | PhraseTranslator | SequenceTranslator
FORMAT = 1
SEQUENCE = "sequence"
MARGIN = 4  # times the longest training source: what the service takes unless configured
COMMON = 2  # sources that show a character, at least; by rarer ones drift is seen


@dataclass(frozen=True)
class Features:
    """`characters` are the common ones of training sources, `limit` the most of an input."""

    kind: str
    column: str
    limit: int
    characters: str
    translator: Translator

    @property
    def symbols(self) -> SequenceTranslator:
        """Of a network."""
        if not isinstance(self.translator, SequenceTranslator):
            raise TypeError(f"{self.kind} has no symbols")
        return self.translator

    def translate(self, inputs: Sequence[object], graph: Graph) -> list[str]:
        """Texts as the service takes them; an empty one has an empty answer."""
        texts = [normalise(text) for text in inputs]
        given = [text for text in texts if text]
        answers = iter(self.translator.translate(given, graph) if given else ())
        return [next(answers) if text else "" for text in texts]

    def measures(self, inputs: Sequence[object]) -> NDArray[np.float64]:
        """Of each text its length and the share of uncommon characters: a shift can be tested."""
        known = set(self.characters)
        texts = [normalise(text) for text in inputs]
        strange = [sum(c not in known for c in text) / max(1, len(text)) for text in texts]
        return np.array([[len(t), s] for t, s in zip(texts, strange, strict=True)], dtype=float)

    def save(self, path: Path) -> None:
        content = {"format": FORMAT, **asdict(self)}
        path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


def fit_features(schema: Schema, pairs: Pairs, settings: Settings) -> Features:
    found = Counter(character for text in pairs.sources for character in set(text))
    characters = "".join(sorted(c for c, count in found.items() if count >= COMMON))
    limit = settings.data.max_characters or MARGIN * max(map(len, pairs.sources))
    kind = SEQUENCE if settings.model.name in NETWORKS else settings.model.name
    translator = FIT[kind](pairs, settings)
    return Features(kind, source_column(schema), limit, characters, translator)


def load_features(path: Path) -> Features:
    raw = json.loads(path.read_text(encoding="utf-8"))
    if raw.pop("format") != FORMAT:
        raise DataError(f"{path}: unknown format")
    return Features(**{**raw, "translator": LOAD[raw["kind"]](raw["translator"])})


def _load_phrase(raw: dict[str, Any]) -> PhraseTranslator:
    units = [(source, target) for source, target in raw["units"]]
    return PhraseTranslator(**{**raw, "units": units, "grams": [tuple(g) for g in raw["grams"]]})


def _load_sequence(raw: dict[str, Any]) -> SequenceTranslator:
    sides = {side: _load_symbols(raw[side]) for side in ("source", "target")}
    return SequenceTranslator(**{**raw, **sides})


def _load_symbols(raw: dict[str, Any]) -> Symbols:
    return Symbols(raw["names"], [(first, second) for first, second in raw["merges"]])


FIT: dict[str, Callable[[Pairs, Settings], Translator]] = {
    "copy": lambda _, __: CopyTranslator(),
    "nearest": lambda pairs, settings: fit_nearest(pairs, settings.model.longest_run),
    "phrase": lambda pairs, settings: fit_phrase(pairs, settings.model),
    SEQUENCE: lambda pairs, settings: fit_sequence(pairs, settings.data, settings.model),
}
LOAD: dict[str, Callable[[dict[str, Any]], Translator]] = {
    "copy": lambda raw: CopyTranslator(**raw),
    "nearest": lambda raw: NearestTranslator(**raw),
    "phrase": _load_phrase,
    SEQUENCE: _load_sequence,
}
