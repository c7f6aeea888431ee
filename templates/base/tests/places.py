"""Where the project lies, and data sets on disk."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ml_project.config import load_config
from ml_project.family import NETWORKS
from ml_project.settings import BOUNDS, Settings
from ml_project.training.data import Data, load_data

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "config.yaml"
# What the project has set for its own data does not fit the tests' few rows.
OWN = ["trainer.batch_size=16"]
OWN += ["trainer.threshold=null"] if "trainer.threshold" in BOUNDS else []


@dataclass(frozen=True)
class Made:
    """A data set on disk."""

    folder: Path
    schema: Path
    also: tuple[str, ...] = ()  # settings that this data set needs

    def settings(self, *overrides: str) -> Settings:
        own = [f"data.schema={self.schema}", f"model.name={NETWORKS[0]}", *OWN]
        return load_config(CONFIG, [*own, *self.also, *overrides])

    def load(self, settings: Settings) -> Data:
        return load_data(settings, ROOT, self.folder)


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
