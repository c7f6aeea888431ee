"""This family of tasks: do two images show the same person, and who of the known people is it."""

from __future__ import annotations

from dataclasses import dataclass

TASKS = ("face_verification",)
ROLES = ("image", "ignored", "target")
NETWORKS = ("cosface", "arcface")
MAX_BODY_BYTES = 20_000_000  # of a request


@dataclass
class DataSettings:
    schema: str
    source_sha256: str | None
    valid_fraction: float
    images: str
    size: int


@dataclass
class ConstantSettings:
    name: str
    threshold: float | None


@dataclass
class PixelsSettings:
    name: str
    threshold: float | None
    side: int


@dataclass
class EigenfacesSettings:
    name: str
    threshold: float | None
    side: int
    components: int


@dataclass
class FisherfacesSettings:
    name: str
    threshold: float | None
    side: int
    components: int
    discriminants: int


@dataclass
class NetworkSettings:
    name: str
    threshold: float | None
    width: int
    depth: int
    embedding: int
    dropout: float
    margin: float
    scale: float
    shift: float
    turn: float


MODEL_SETTINGS: dict[str, type] = {
    "constant": ConstantSettings,
    "pixels": PixelsSettings,
    "eigenfaces": EigenfacesSettings,
    "fisherfaces": FisherfacesSettings,
    "cosface": NetworkSettings,
    "arcface": NetworkSettings,
}
