"""Reads config.yaml, the files that it includes, and overrides, into checked settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from ml_project.errors import ConfigError
from ml_project.frameworks import FRAMEWORKS
from ml_project.settings import BOUNDS, MODEL_SETTINGS, Settings, valid_keys

COMMAND_LINE = "command line"


def load_config(path: Path, overrides: Sequence[str] = ()) -> Settings:
    """The included files first, then config.yaml, then the overrides: later ones win."""
    main = _read(path)
    given = _overrides(overrides)
    known = _merge(path, [main, given])
    model = known.get("model") or {}
    name = _model_name(model.get("name") if isinstance(model, Mapping) else None, path)
    layers = [(path.parent / part, _read(path.parent / part)) for part in _includes(known, path)]
    layers += [(path, main), (Path(COMMAND_LINE), given)]
    keys = valid_keys(name)
    for source, layer in layers:
        plain = cast("dict[str, Any]", OmegaConf.to_container(layer))
        _check_keys(plain, keys, source)
    merged = _merge(path, [layer for _, layer in layers])
    return _typed(merged, name, path)


def project_root(config: Path) -> Path:
    """Paths inside the configuration are relative to the folder above configs/."""
    return config.resolve().parent.parent


def _read(path: Path) -> DictConfig:
    if not path.is_file():
        raise ConfigError(f"{path}: no such configuration file")
    try:
        loaded = OmegaConf.load(path)
    except (YAMLError, OmegaConfBaseException, UnicodeDecodeError) as error:
        first = " ".join(str(error).split())
        raise ConfigError(f"{path}: not valid YAML: {first}") from error
    if not isinstance(loaded, DictConfig):
        raise ConfigError(f"{path}: expected keys and values, found a list")
    return loaded


def _overrides(pairs: Sequence[str]) -> DictConfig:
    for pair in pairs:
        if "=" not in pair or pair.startswith(("=", "-")):
            raise ConfigError(f"{COMMAND_LINE}: {pair!r} is not of the form key=value")
    try:
        return OmegaConf.from_dotlist(list(pairs))
    except (YAMLError, OmegaConfBaseException) as error:
        raise ConfigError(f"{COMMAND_LINE}: {' '.join(str(error).split())}") from error


def _merge(path: Path, layers: Sequence[DictConfig]) -> DictConfig:
    try:
        return cast("DictConfig", OmegaConf.merge(*layers))
    except (OmegaConfBaseException, TypeError) as error:
        raise ConfigError(f"{path}: {str(error).splitlines()[0]}") from error


def _includes(known: DictConfig, path: Path) -> list[str]:
    try:
        listed = OmegaConf.to_container(known, resolve=True)
    except OmegaConfBaseException as error:
        raise ConfigError(f"{path}: {str(error).splitlines()[0]}") from error
    names = cast("dict[str, Any]", listed).get("include") or []
    if not isinstance(names, list):
        raise ConfigError(f"{path}: include must be a list of files")
    return [str(name) for name in names]


def _model_name(name: Any, path: Path) -> str:
    if name in MODEL_SETTINGS:
        return str(name)
    raise ConfigError(f"{path}: model.name is {name!r}{_closest(str(name), list(MODEL_SETTINGS))}")


def _check_keys(layer: Mapping[str, Any], keys: Sequence[str], source: Path) -> None:
    groups = {key.split(".")[0] for key in keys if "." in key}
    for key in _leaves(layer):
        if key not in keys and key not in groups:
            raise ConfigError(f"{source}: unknown key {key!r}{_closest(key, keys)}")


def _leaves(layer: Mapping[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in layer.items():
        path = f"{prefix}{key}"
        found += _leaves(value, f"{path}.") if isinstance(value, Mapping) else [path]
    return found


def _closest(word: str, candidates: Sequence[str]) -> str:
    match = difflib.get_close_matches(word, candidates, n=1, cutoff=0.0)
    return f"; did you mean {match[0]!r}?" if match else ""


def _typed(merged: DictConfig, model: str, path: Path) -> Settings:
    try:
        base = OmegaConf.structured(Settings)
        base.model = OmegaConf.structured(MODEL_SETTINGS[model])
        complete = OmegaConf.merge(base, merged)
        settings = cast("Settings", OmegaConf.to_object(complete))
    except OmegaConfBaseException as error:
        key = getattr(error, "full_key", None)
        where = f" at {key!r}" if key else ""
        raise ConfigError(f"{path}: {str(error).splitlines()[0]}{where}") from error
    if settings.framework not in FRAMEWORKS:
        known = ", ".join(FRAMEWORKS)
        raise ConfigError(f"{path}: framework is {settings.framework!r}; known: {known}")
    for key, (low, high) in BOUNDS.items():
        value = OmegaConf.select(complete, key)
        if value is not None and not low < value < high:
            raise ConfigError(f"{path}: {key} is {value}; it must be between {low} and {high}")
    return settings
