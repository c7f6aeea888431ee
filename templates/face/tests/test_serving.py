from __future__ import annotations

import random
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.made import GOOD, draw, encoded
from tests.served import predict

pytest_plugins = ["tests.served"]  # the fixtures models and client
IMAGE = encoded(draw(0, random.Random(0)))


def test_an_image_is_like_itself(client: TestClient) -> None:
    output = predict(client, {"a": IMAGE, "b": IMAGE}).json()["outputs"][0]
    assert output["same"] is True and output["similarity"] == pytest.approx(1, abs=1e-5)


def test_images_of_one_person_are_more_similar(client: TestClient) -> None:
    rng = random.Random(9)
    pairs = [(3, 3), (3, 13), (8, 8), (8, 16)]
    sent = [{"a": encoded(draw(a, rng)), "b": encoded(draw(b, rng))} for a, b in pairs]
    found = [output["similarity"] for output in predict(client, *sent).json()["outputs"]]
    assert found[0] > found[1] and found[2] > found[3]


def test_the_order_of_the_two_does_not_matter(client: TestClient) -> None:
    a, b = (encoded(draw(person, random.Random(person))) for person in (2, 5))
    one, two = predict(client, {"a": a, "b": b}, {"a": b, "b": a}).json()["outputs"]
    assert one["similarity"] == pytest.approx(two["similarity"], abs=1e-6)


def test_form_mode_and_size_do_not_matter(client: TestClient) -> None:
    image = draw(4, random.Random(4))
    large = encoded(image.resize((160, 160)).convert("RGBA"))
    url = f"data:image/jpeg;base64,{encoded(image, 'JPEG')}"
    assert predict(client, {"a": large, "b": url}).json()["outputs"][0]["similarity"] > 0.8


@pytest.mark.parametrize("value", ["", "hello", "bm8gaW1hZ2U=", None, 5, [IMAGE]])
@pytest.mark.parametrize("side", ["a", "b"])
def test_what_is_no_image_is_refused_with_its_place(
    client: TestClient, side: str, value: Any
) -> None:
    answer = predict(client, GOOD, {"a": IMAGE, "b": IMAGE, side: value})
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [f"inputs[1].{side}"]
    assert "base64" in answer.json()["detail"][0]["expected"]


@pytest.mark.parametrize("value", [IMAGE, None, [IMAGE, IMAGE], {"a": IMAGE}, {"c": 1}])
def test_a_pair_has_two_images(client: TestClient, value: Any) -> None:
    answer = predict(client, value)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["field"].startswith("inputs[0]")
