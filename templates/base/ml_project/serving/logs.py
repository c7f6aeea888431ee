"""One JSON object per line on standard error, whatever the message holds."""

from __future__ import annotations

import logging
import queue
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from logging.handlers import QueueHandler, QueueListener
from typing import Any

import orjson

WAITING_LINES = 1000
LAST_LINES_SECONDS = 0.5


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return _encode(line)


def _encode(line: dict[str, Any]) -> str:
    """A lone surrogate is no valid UTF-8; it is shown as an escape."""
    clean = {key: value.encode("utf-8", "backslashreplace").decode() for key, value in line.items()}
    return orjson.dumps(clean).decode()


class DroppingQueueHandler(QueueHandler):
    """When nobody reads the log, lines are dropped and requests go on."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record  # formatted once, by the thread that writes

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return  # the one thing that could be said about it is a line more


def configure_logging() -> Callable[[], None]:
    """Every logger, uvicorn's too, writes through one thread. No line per request.

    Returns what to call before the process ends, after which lines are written at once.
    """
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(JsonFormatter())
    lines: queue.Queue[Any] = queue.Queue(WAITING_LINES)
    listener = QueueListener(lines, writer)
    root = logging.getLogger()
    root.handlers = [DroppingQueueHandler(lines)]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"
    logging.captureWarnings(True)
    logging.raiseExceptions = False
    listener.start()

    def finish() -> None:
        end = time.monotonic() + LAST_LINES_SECONDS
        while not lines.empty() and time.monotonic() < end:
            time.sleep(0.01)
        if lines.empty():  # otherwise nobody reads, and writing would never come back
            root.handlers = [writer]

    return finish
