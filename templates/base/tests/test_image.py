"""The image installs its list of packages as it stands: whole, with the versions of training."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.places import ROOT

DOCKER = ROOT / "deploy" / "docker"
WITHOUT_THEIR_OWN = {"onnxruntime", "onnxruntime-gpu"}  # what they name serves their tools


def pins(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(item.name): str(item.specifier) for item in found}


@pytest.mark.parametrize("kind", ["requirements.txt", "requirements-gpu.txt"])
def test_versions_are_those_of_training(kind: str) -> None:
    training = pins(ROOT / "requirements-cpu.txt")
    for name, version in pins(DOCKER / kind).items():
        assert version.startswith("=="), name
        assert training.get(name, version) == version, name


@pytest.mark.parametrize("kind", ["requirements.txt", "requirements-gpu.txt"])
def test_what_a_package_needs_is_listed_too(kind: str) -> None:
    listed = pins(DOCKER / kind)
    for name in listed.keys() - WITHOUT_THEIR_OWN:
        try:
            needed = [Requirement(text) for text in requires(name) or []]
        except PackageNotFoundError:
            continue  # only the image has it
        for item in needed:
            if item.marker is None or item.marker.evaluate({"extra": ""}):
                assert canonicalize_name(item.name) in listed, f"{name} needs {item.name}"


def test_no_training_framework_is_listed() -> None:
    assert not {"torch", "scikit-learn", "scipy"} & pins(DOCKER / "requirements.txt").keys()
