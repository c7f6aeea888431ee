"""What the programs in scripts/ share. Standard library only: --dry-run depends on it."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ml_project.errors import UsageError


def run(main: Callable[[], int]) -> None:
    """Wrong use ends in one line and status 2; other errors keep their traceback, status 1."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        status = main()
    except UsageError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        status = 2
    sys.exit(status)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"UsageError: {message}; --help lists the flags\n")


def add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=Path("configs/config.yaml"))
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="changes to the config")


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Overrides may stand before and after the flags."""
    return parser.parse_intermixed_args()
