"""Brings data to where training reads them: a file, checked by its hash, or a public data set."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml_project import cli
from ml_project.errors import UsageError
from ml_project.public_data import HUBS, bring
from ml_project.table import sha256_of


def arguments() -> argparse.Namespace:
    parser = cli.Parser(description=__doc__)
    cli.add_config(parser)
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("--source", type=Path, help="a file on this machine")
    given.add_argument("--dataset", help="name of a public data set; NAME:PART takes one part")
    parser.add_argument("--hub", choices=HUBS, default="huggingface", help="where it lies")
    parser.add_argument("--split", default="train", help="which rows of it")
    parser.add_argument("--output", type=Path, default=Path("data/full/data.csv"))
    return cli.parse(parser)


def main() -> int:
    given = arguments()
    if given.dataset is not None:
        rows = bring(given.dataset, given.hub, given.split, given.output)
        print(f"{given.output}: {rows} rows of {given.dataset} ({given.hub})")
        return 0
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
