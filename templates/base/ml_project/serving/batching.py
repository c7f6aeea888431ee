"""Runs the requests that already wait as one batch; nothing waits for a batch to fill."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_ROWS = 256  # a larger batch would keep probes and other requests waiting
Rows = Sequence[Any]
Predict = Callable[[Rows], list[Any]]
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    rows: Rows
    answers: asyncio.Future[list[Any]]


class Batcher:
    def __init__(self, predict: Predict) -> None:
        self.predict = predict
        self.waiting: deque[Job] = deque()

    def submit(self, rows: Rows) -> asyncio.Future[list[Any]]:
        """Requests read in the same turn of the event loop meet here before the batch starts."""
        loop = asyncio.get_running_loop()
        if not self.waiting:
            loop.call_soon(self._turn, loop)
        job = Job(rows, loop.create_future())
        self.waiting.append(job)
        return job.answers

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs = [self.waiting.popleft()]
        rows = len(jobs[0].rows)
        while self.waiting and rows + len(self.waiting[0].rows) <= MAX_ROWS:
            rows += len(self.waiting[0].rows)
            jobs.append(self.waiting.popleft())
        if self.waiting:
            loop.call_soon(self._turn, loop)
        self._run(jobs)

    def _run(self, jobs: list[Job]) -> None:
        rows = jobs[0].rows if len(jobs) == 1 else [row for job in jobs for row in job.rows]
        try:
            answers = self.predict(rows)
        except Exception as error:
            logger.exception("a batch of %d rows failed", len(rows))
            self._fail(jobs, error)
            return
        start = 0
        for job in jobs:
            end = start + len(job.rows)
            if not job.answers.done():
                job.answers.set_result(answers[start:end])
            start = end

    def _fail(self, jobs: list[Job], error: Exception) -> None:
        """Only the request that causes a failure may suffer from it."""
        if len(jobs) > 1:
            for job in jobs:
                self._run([job])
        elif not jobs[0].answers.done():
            jobs[0].answers.set_exception(error)
