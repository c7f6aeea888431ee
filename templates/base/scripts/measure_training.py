"""Says what training the configured network costs in memory, time and arithmetic."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli
from ml_project.config import load_config, project_root
from ml_project.runs import write_json
from ml_project.threads import limit_threads
from ml_project.training.costs import measure_costs
from ml_project.training.data import load_data
from ml_project.training.fit import Job
from ml_project.training.plan import make_plan
from ml_project.training.rate_test import range_test
from ml_project.training.rehearsal import rehearse
from ml_project.training.world import join_world


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    parser.add_argument("--data", type=Path, default=Path("data/full"), help="folder or CSV file")
    parser.add_argument("--device", choices=["cpu", "cuda"])
    parser.add_argument("--output", type=Path, help="JSON file; without it the result is printed")
    return cli.parse(parser)


def main() -> int:
    given = arguments()
    device = [f"device={given.device}"] if given.device else []
    settings = load_config(given.config, given.overrides + device)
    limit_threads(settings.trainer.threads)
    data = load_data(settings, project_root(given.config), given.data)
    with join_world(settings.device) as world:
        job = Job(settings, data.schema, world)
        rehearsal = rehearse(job, data)
        plan = make_plan(rehearsal.rows, settings.trainer, settings.seed, world, 0)
        rates = range_test(rehearsal, settings.trainer, plan.batch_size, settings.seed)
        costs = measure_costs(rehearsal, settings.trainer)
    found = {
        "model": settings.model.name,
        **costs,
        "learning_rate": {"suggested": rates.suggested, "curve": rates.curve},
    }
    if given.output:
        write_json(given.output, found)
    else:
        print(json.dumps(found, indent=1))
    return 0


if __name__ == "__main__":
    cli.run(main)
