"""The known people: embeddings of their images, in a file that outlives the service.

Each model version has a file of its own, since embeddings of two models cannot be compared. Photos
are not kept. Several services may share the folder: a change is made under a lock, and a file that
another one has changed is read again.
"""

from __future__ import annotations

import errno
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import orjson
from numpy.typing import NDArray

Embeddings = NDArray[np.float32]


@dataclass
class Gallery:
    """`people`: a row of the matrix for each enrolled image of a name."""

    folder: Path
    version: str
    people: dict[str, Embeddings] = field(default_factory=dict)
    seen: tuple[int, int] | None = None

    @property
    def path(self) -> Path:
        return self.folder / f"{self.version}.json"

    def refresh(self) -> None:
        """Reads the file where it is another one than last time."""
        found = self.path.stat() if self.path.is_file() else None
        state = (found.st_mtime_ns, found.st_ino) if found else None
        if state == self.seen:
            return
        content = read_people(self.path) if found else {}
        self.people = {name: np.array(rows, dtype=np.float32) for name, rows in content.items()}
        self.seen = state

    def enroll(self, name: str, embeddings: Embeddings) -> int:
        """How many images of the name are held now."""
        with self._changing():
            held = self.people.get(name)
            both = embeddings if held is None else np.concatenate([held, embeddings])
            self.people[name] = both
        return len(both)

    def forget(self, name: str) -> bool:
        with self._changing():
            return self.people.pop(name, None) is not None

    def ranked(self, embedding: NDArray[np.float32]) -> list[tuple[str, float]]:
        """Everybody, the most similar first: a person is the mean of the enrolled images."""
        if not self.people:
            return []
        middles = np.stack([rows.mean(axis=0) for rows in self.people.values()])
        length = np.linalg.norm(middles, axis=1)
        found = middles @ embedding / np.maximum(length, 1e-12)
        order = np.argsort(-found, kind="stable")
        names = list(self.people)
        return [(names[at], float(found[at])) for at in order]

    def others(self) -> dict[str, int]:
        """People enrolled with other model versions, whom this one does not know."""
        files = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        counts = {file.stem: len(read_people(file)) for file in files}
        return {version: n for version, n in counts.items() if n and version != self.version}

    @contextmanager
    def _changing(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refresh()
            try:
                yield
                self._write()
            except OSError:
                self.seen = (0, 0)  # what is in memory was not kept: the file counts
                raise

    def _write(self) -> None:
        people = {name: rows.tolist() for name, rows in self.people.items()}
        partial = self.path.with_suffix(".partial")
        partial.touch(mode=0o600)
        partial.write_bytes(orjson.dumps({"model": self.version, "people": people}))
        partial.replace(self.path)
        found = self.path.stat()
        self.seen = (found.st_mtime_ns, found.st_ino)


def read_people(path: Path) -> dict[str, list[list[float]]]:
    """OSError, as for a file that cannot be read, where it is something else."""
    try:
        people = orjson.loads(path.read_bytes())["people"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise OSError(errno.EINVAL, f"{path} is no file of enrolled people") from error
    return dict(people)
