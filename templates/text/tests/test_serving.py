from __future__ import annotations

import math
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.served import predict

pytest_plugins = ["tests.served"]  # the fixtures models and client


def test_a_text_gets_its_label(client: TestClient) -> None:
    answer = predict(client, "a penalty for the team", "butter in the oven", "？")
    outputs = answer.json()["outputs"]
    assert [output["label"] for output in outputs[:2]] == ["sport", "kitchen"]
    assert all(math.isclose(sum(o["probabilities"].values()), 1, abs_tol=1e-5) for o in outputs)


@pytest.mark.parametrize("value", ["", "  \n", None, 5, True, ["text"], {"remark": "text"}])
def test_what_is_no_text_is_refused_with_its_place(client: TestClient, value: Any) -> None:
    answer = predict(client, "fine", value)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == ["inputs[1]"]
    assert "not empty" in answer.json()["detail"][0]["expected"]


def test_case_and_width_do_not_change_the_answer(client: TestClient) -> None:
    outputs = predict(client, "Penalty for the TEAM", "ｐenalty  for the team").json()["outputs"]
    assert outputs[0] == outputs[1]
