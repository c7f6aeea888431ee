"""Exports a trained model to ONNX, with the last known rows, and checks its answers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="RUN")
    parser.add_argument("--output", type=Path, default=Path("models/current"))
    return cli.parse(parser)


def main() -> int:
    given = arguments()
    from ml_project.config import load_config, project_root
    from ml_project.export.export import export_run
    from ml_project.schema import read_schema
    from ml_project.threads import limit_threads
    from ml_project.training.data import load_known

    settings = load_config(given.config, given.overrides)
    limit_threads(settings.trainer.threads)
    root = project_root(given.config)
    schema = read_schema(root / settings.data.schema)
    known = load_known(settings, root, settings.data.context, settings.data.context_after)
    parity = export_run(given.checkpoint, schema, given.output, known)
    print(f"{given.output}: largest difference {parity['max_abs_difference']:.3g}")
    return 0


if __name__ == "__main__":
    cli.run(main)
