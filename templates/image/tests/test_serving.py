from __future__ import annotations

import random
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.made import GOOD, draw, encoded
from tests.served import predict

pytest_plugins = ["tests.served"]  # the fixtures models and client


def test_images_get_their_labels(client: TestClient) -> None:
    rng = random.Random(9)
    kinds = ["standing", "lying", "standing"]
    answer = predict(client, *(encoded(draw(kind, rng)) for kind in kinds)).json()
    assert [output["label"] for output in answer["outputs"]] == kinds


def test_form_mode_and_size_do_not_matter(client: TestClient) -> None:
    image = draw("standing", random.Random(4))
    large = image.resize((120, 140)).convert("RGBA")
    texts = [encoded(large), f"data:image/jpeg;base64,{encoded(image, 'JPEG')}"]
    outputs = predict(client, *texts).json()["outputs"]
    assert [output["label"] for output in outputs] == ["standing"] * 2


@pytest.mark.parametrize("value", ["", "hello", "bm8gaW1hZ2U=", None, 5, [GOOD], {"image": GOOD}])
def test_what_is_no_image_is_refused_with_its_place(client: TestClient, value: Any) -> None:
    answer = predict(client, GOOD, value)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == ["inputs[1]"]
    assert "base64" in answer.json()["detail"][0]["expected"]
