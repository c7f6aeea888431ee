from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml_project.errors import DataError
from ml_project.features import choose_size, fit_features, load_features
from ml_project.images import decode, is_grey, to_pixels
from tests.conftest import Make
from tests.made import draw, encoded

RANDOM = random.Random(2)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F"])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_kind_of_image_becomes_pixels(mode: str, channels: int) -> None:
    image = draw(1, RANDOM).convert(mode)
    pixels = to_pixels(image, channels, 16)
    assert pixels.shape == (channels, 16, 16) and pixels.dtype == np.float32
    assert 0 <= pixels.min() < pixels.max() <= 1


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_base64_and_data_urls_are_read(form: str) -> None:
    text = encoded(draw(1, RANDOM), form)
    assert decode(text).size == decode(f"data:image/{form.lower()};base64,{text}").size == (16, 16)


@pytest.mark.parametrize("text", ["", "%%%", "bm8gaW1hZ2U=", "iVBORw0KGgo="])
def test_what_is_no_image_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        decode(text)


def test_a_long_image_keeps_its_proportions() -> None:
    pixels = to_pixels(Image.new("L", (40, 10), "white"), 1, 20)
    assert pixels.shape == (1, 20, 20) and pixels.min() == 1


def test_size_and_colour_come_from_the_images() -> None:
    assert [choose_size([side]) for side in (8, 9, 28, 500)] == [8, 12, 28, 64]
    assert is_grey(draw(1, RANDOM, "RGB"))
    assert not is_grey(Image.new("RGB", (4, 4), "red"))


def test_features_survive_their_file(make: Make, tmp_path: Path) -> None:
    made = make("face_verification")
    settings = made.settings()
    data = made.load(settings)
    features = fit_features(data.schema, data.table, settings)
    features.save(tmp_path / "features.json")
    again = load_features(tmp_path / "features.json")
    x = features.transform(data.table.columns)
    assert np.array_equal(x, again.transform(data.table.columns))
    assert x.shape == (108, 1, 16, 16) and abs(float(x.mean())) < 0.1


def test_a_broken_file_is_named(make: Make, tmp_path: Path) -> None:
    made = make("face_verification")
    settings = made.settings()
    data = made.load(settings)
    broken = Path(str(data.table.columns["image"][0]))
    broken.write_bytes(b"no image")
    with pytest.raises(DataError, match=broken.name):
        fit_features(data.schema, data.table, settings)
