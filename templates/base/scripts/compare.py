"""Compares models on the same held-out parts of the data."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli
from ml_project.errors import UsageError
from ml_project.frameworks import join_world
from ml_project.settings import MODEL_SETTINGS


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    parser.add_argument("--data", type=Path, default=Path("data/full"), help="folder or CSV file")
    parser.add_argument("--models", required=True, help=f"of {','.join(MODEL_SETTINGS)}")
    parser.add_argument("--output", type=Path, required=True, help="folder for the results")
    parser.add_argument("--folds", type=cli.positive, help="default 5; 1 beyond 20000 rows")
    return cli.parse(parser)


def main() -> int:
    given = arguments()
    names = given.models.split(",")
    for name in names:
        if name not in MODEL_SETTINGS:
            raise UsageError(f"--models: {name!r} is unknown; known: {', '.join(MODEL_SETTINGS)}")
    for name in names:
        compare(given, name)
    return 0


def compare(given: argparse.Namespace, name: str) -> None:
    from ml_project.config import load_config, project_root
    from ml_project.threads import limit_threads
    from ml_project.training.compare import choose_folds, compare_model
    from ml_project.training.data import load_data
    from ml_project.training.fit import Job

    settings = load_config(given.config, [*given.overrides, f"model.name={name}"])
    limit_threads(settings.trainer.threads)
    data = load_data(settings, project_root(given.config), given.data)
    folds = choose_folds(len(data.table), given.folds)
    with join_world(settings.framework, settings.device) as world:
        job = Job(settings, data.schema, world)
        result = compare_model(job, data, folds, given.output / name)
    scores = " ".join(f"{key}={value}" for key, value in result["metrics"].items())
    print(f"{name}: {scores} ({result['seconds']} s)")


if __name__ == "__main__":
    cli.run(main)
