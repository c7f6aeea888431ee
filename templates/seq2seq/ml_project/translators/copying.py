"""The trivial model: it answers with the text itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml_project.translators.graph import MODEL, Graph


@dataclass(frozen=True)
class CopyTranslator:
    def translate(self, texts: Sequence[str], graph: Graph) -> list[str]:
        return graph(MODEL, {"texts": np.array(texts, dtype=object)})[0].tolist()
