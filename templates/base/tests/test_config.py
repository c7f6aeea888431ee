from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ml_project.config import load_config
from ml_project.errors import ConfigError
from ml_project.settings import MODEL_SETTINGS
from tests.places import CONFIG, ROOT


@pytest.mark.parametrize("name", MODEL_SETTINGS)
def test_every_model_has_a_complete_configuration(name: str) -> None:
    assert load_config(CONFIG, [f"model.name={name}"]).model.name == name


def test_an_override_wins_over_the_files() -> None:
    settings = load_config(CONFIG, ["trainer.epochs=3", "seed=7"])
    assert (settings.trainer.epochs, settings.seed) == (3, 7)


def test_an_unknown_override_names_the_closest_key() -> None:
    with pytest.raises(ConfigError, match=r"command line.*'trainer.epoch'.*'trainer.epochs'"):
        load_config(CONFIG, ["trainer.epoch=3"])


def test_an_unknown_key_names_its_file(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    trainer = tmp_path / "configs" / "trainer" / "trainer.yaml"
    trainer.write_text(trainer.read_text(encoding="utf-8") + "  lerning_rate: 1\n", "utf-8")
    with pytest.raises(ConfigError, match=r"trainer\.yaml.*'trainer.learning_rate'"):
        load_config(tmp_path / "configs" / "config.yaml")


@pytest.mark.parametrize(
    "pair", ["trainer.epochs=many", "epochs", "model.name=mpl", "trainer=5", "trainer.epochs=0"]
)
def test_a_wrong_override_is_refused(pair: str) -> None:
    with pytest.raises(ConfigError):
        load_config(CONFIG, [pair])


def test_a_dry_run_needs_only_the_standard_library(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", "scripts/train.py", "--data", "data/mini", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "nothing was trained" in done.stdout


def test_a_dry_run_refuses_missing_data() -> None:
    command = [sys.executable, "-I", "-S", "scripts/train.py", "--data", "data/none", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
