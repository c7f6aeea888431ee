from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ml_project.errors import ConfigError
from ml_project.serving.batching import Batcher
from ml_project.serving.logs import JsonFormatter
from ml_project.serving.process import cpu_limit, memory_limit
from ml_project.serving.settings import read_settings


def test_a_poisoned_request_does_not_hurt_its_neighbours() -> None:
    def double(rows: Any) -> list[Any]:
        if any("poison" in row for row in rows):
            raise RuntimeError("poison")
        calls.append(len(rows))
        return [row["x"] * 2 for row in rows]

    async def all_at_once() -> list[Any]:
        batcher = Batcher(double)
        jobs = [batcher.submit([{"x": 1}]), batcher.submit([{"x": 2}, {"x": 3}])]
        first = await asyncio.gather(*jobs)
        jobs = [batcher.submit([{"x": 4}]), batcher.submit([{"x": 0, "poison": 1}])]
        return [*first, *await asyncio.gather(*jobs, return_exceptions=True)]

    calls: list[int] = []
    one, two, good, bad = asyncio.run(all_at_once())
    assert (one, two, good, calls) == ([2], [4, 6], [8], [3, 1])
    assert isinstance(bad, RuntimeError)


@pytest.mark.parametrize("name", ["MAX_INPUTS", "MAX_BODY_BYTES", "LATENCY_EDGES_MS"])
@pytest.mark.parametrize("value", ["0", "-1", "x", "nan"])
def test_an_unusable_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        read_settings({name: value})


def test_every_log_line_is_one_json_object() -> None:
    text = 'a "quote"\nand a line \ud800 🍎' + "x" * 10_000
    try:
        raise ValueError(text)
    except ValueError:
        failed = sys.exc_info()
    record = logging.LogRecord("a.b", logging.ERROR, "", 1, "%s", (text,), failed)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert json.loads(line)["message"].startswith('a "quote"\nand')
    assert "ValueError" in json.loads(line)["exception"]


LOGS_A_LOT = """
import logging
from ml_project.serving.logs import configure_logging

finish = configure_logging()
for number in range(20_000):
    logging.info("%s %s", number, "x" * 1000)
finish()
print("answered")
"""


def test_a_log_that_nobody_reads_holds_up_nothing() -> None:
    """Twenty megabytes into a pipe that is full after some kilobytes."""
    with subprocess.Popen(
        [sys.executable, "-c", LOGS_A_LOT],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "answered\n"
        process.kill()


def test_the_container_s_limits_are_read(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) > 1e8 and cpu_limit(tmp_path) >= 1
    (tmp_path / "memory.max").write_text("50000000\n")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert (memory_limit(tmp_path), cpu_limit(tmp_path)) == (5e7, 0.5)
