"""Trains the configured model and writes a run folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli, dry_run
from ml_project.errors import UsageError
from ml_project.frameworks import FRAMEWORKS, join_world


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    parser.add_argument("--data", type=Path, default=Path("data/full"), help="folder or CSV file")
    parser.add_argument("--epochs", type=cli.positive)
    parser.add_argument("--batch_size", type=cli.positive)
    parser.add_argument("--framework", choices=FRAMEWORKS)
    parser.add_argument("--device", choices=["cpu", "cuda"])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--output", help="run folder")
    parser.add_argument("--resume", type=Path, help="run folder of a training to go on with")
    parser.add_argument("--dry-run", action="store_true", help="say what would run, and stop")
    parser.add_argument("--fast_dev_run", action="store_true", help="a few batches of one epoch")
    return cli.parse(parser)


def overrides(given: argparse.Namespace) -> list[str]:
    """Flags are short forms of configuration keys and win over them."""
    epochs = 1 if given.fast_dev_run else given.epochs
    output = given.output or given.resume
    flags = {
        "trainer.epochs": epochs,
        "trainer.batch_size": given.batch_size,
        "framework": given.framework,
        "device": given.device,
        "seed": given.seed,
        "output": output,
    }
    return given.overrides + [f"{key}={value}" for key, value in flags.items() if value is not None]


def main() -> int:
    given = arguments()
    if given.resume is not None and not given.resume.is_dir():
        raise UsageError(f"{given.resume}: no such run folder to resume")
    pairs = overrides(given)
    if given.dry_run:
        output = given.output or str(given.resume or "as configured")
        print(dry_run.describe_training(given.config, given.data, output, pairs))
        return 0
    train(given, pairs)
    return 0


def train(given: argparse.Namespace, pairs: list[str]) -> None:
    from ml_project.config import load_config, project_root
    from ml_project.threads import limit_threads
    from ml_project.training.data import load_data
    from ml_project.training.fit import Job
    from ml_project.training.run import train_run
    from ml_project.training.state import open_state

    settings = load_config(given.config, pairs)
    limit_threads(settings.trainer.threads)
    root = project_root(given.config)
    data = load_data(settings, root, given.data, fast_dev_run=given.fast_dev_run)
    folder = Path.cwd() / settings.output
    with join_world(settings.framework, settings.device) as world:
        state = open_state(folder, settings.trainer.save_seconds, given.resume)
        job = Job(settings, data.schema, world, given.fast_dev_run, state)
        train_run(job, data, folder)
    if world.is_main:
        print(folder)


if __name__ == "__main__":
    cli.run(main)
