"""Evaluates trained models on later rows with known answers, such as the hold-out."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    parser.add_argument("--checkpoint", type=Path, action="append", required=True, metavar="RUN")
    parser.add_argument("--data", type=Path, default=Path("data/holdout"), help="folder or CSV")
    parser.add_argument("--output", type=Path, required=True, help="folder for the results")
    return cli.parse(parser)


def main() -> int:
    given = arguments()
    from ml_project.config import load_config, project_root
    from ml_project.evaluation import evaluate_run
    from ml_project.threads import limit_threads
    from ml_project.training.data import load_data, load_known

    settings = load_config(given.config, given.overrides)
    limit_threads(settings.trainer.threads)
    root = project_root(given.config)
    before = load_known(settings, root, settings.data.context)
    data = replace(load_data(settings, root, given.data), before=before)
    for folder in given.checkpoint:
        result = evaluate_run(folder, data, given.output)
        scores = " ".join(f"{key}={value}" for key, value in result["metrics"].items())
        print(f"{folder}: {scores}")
    return 0


if __name__ == "__main__":
    cli.run(main)
