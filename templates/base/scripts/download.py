"""Brings the source data to where training reads it, and checks that it is the right file."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli
from ml_project.errors import UsageError
from ml_project.table import sha256_of


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    parser.add_argument("--source", type=Path, required=True, help="a file on this machine")
    parser.add_argument("--output", type=Path, default=Path("data/full/data.csv"))
    return cli.parse(parser)


def main() -> int:
    given = arguments()
    from ml_project.config import load_config

    expected = load_config(given.config, given.overrides).data.source_sha256
    if not given.source.is_file():
        raise UsageError(f"{given.source}: no such source file")
    found = sha256_of(given.source)
    if expected is not None and found != expected:
        raise UsageError(f"{given.source}: SHA-256 is {found}, data.source_sha256 is {expected}")
    given.output.parent.mkdir(parents=True, exist_ok=True)
    partial = given.output.with_suffix(".partial")
    shutil.copyfile(given.source, partial)
    partial.replace(given.output)
    print(f"{given.output}: {found}")
    return 0


if __name__ == "__main__":
    cli.run(main)
