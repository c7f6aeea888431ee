from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tabular_project.errors import ConfigError
from tabular_project.serving.batching import Batcher
from tabular_project.serving.check import examine
from tabular_project.serving.logs import JsonFormatter
from tabular_project.serving.process import cpu_limit, memory_limit
from tabular_project.serving.settings import read_settings
from tests.conftest import ODD_NAMES, ROOT
from tests.served import REGRESSION, predict

pytest_plugins = ["tests.served"]  # the fixtures models and client


def test_metrics_carry_version_and_slot(client: TestClient) -> None:
    version = client.get("/model/info").json()["version"]
    predict(client, {}), predict(client, {"no": 1}), client.get("/secret/5")
    text = client.get("/metrics").text
    common = f'slot="canary",status="422",version="{version}"'
    assert f'requests_total{{path="/predict",{common}}}' in text
    assert 'path="other"' in text and "secret" not in text
    assert f'predictions_total{{label="low",slot="canary",version="{version}"}}' in text
    assert f'process_resident_memory_bytes{{slot="canary",version="{version}"}}' in text
    for edge in ("0.005", "0.05", "0.2", "2.5"):
        assert f'request_seconds_bucket{{le="{edge}",path="/predict"' in text


def test_the_description_has_the_data_s_own_columns(client: TestClient) -> None:
    api = client.get("/openapi.json").json()
    properties = api["components"]["schemas"]["Input"]["properties"]
    assert list(properties) == [*ODD_NAMES, "flag", "day", "remark"]
    content = api["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert client.post("/predict", json=content["example"]).status_code == 200


def test_the_page_needs_no_internet(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "openapi.json" in page and "http://" not in page and "https://" not in page


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


def test_the_container_s_limits_are_read(tmp_path: Path) -> None:
    assert memory_limit(tmp_path) > 1e8 and cpu_limit(tmp_path) >= 1
    (tmp_path / "memory.max").write_text("50000000\n")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert (memory_limit(tmp_path), cpu_limit(tmp_path)) == (5e7, 0.5)


def test_the_check_reports_and_refuses(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MODEL_DIR", str(models[REGRESSION]))
    report, wrong = examine(expect_cuda=True, image=False)
    assert report["predictions of samples.json equal"] == "yes"
    assert any("CUDA" in reason for reason in wrong) or report["cuda_available"] == "true"
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    assert any("no such file" in reason for reason in examine(False, False)[1])


def test_the_service_loads_no_training_framework() -> None:
    program = (
        "import sys; from tabular_project.serving import service, check;"
        "print(sorted({'torch', 'sklearn', 'onnx', 'omegaconf', 'scipy'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
