"""POST /enroll, POST /identify, GET /people, DELETE /people/{name}."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from ml_project.serving import enrolment_api as api
from ml_project.serving.faults import fault
from ml_project.serving.gallery import Gallery
from ml_project.serving.known_people import enroll, identify
from ml_project.serving.messages import CallerLeftError, RefusedError, read_body
from ml_project.serving.model import ServedModel
from ml_project.serving.pages import State
from ml_project.serving.predict import parse

PEOPLE_DIR = "PEOPLE_DIR"
Json = dict[str, Any]
Act = Callable[[ServedModel, Gallery, Json], Json]
logger = logging.getLogger(__name__)


class Enrolment:
    """The gallery belongs to the model: it is opened when that is loaded."""

    def __init__(self, state: State, max_body_bytes: int) -> None:
        self.state = state
        self.max_body_bytes = max_body_bytes
        self.gallery: Gallery | None = None
        self.described = deepcopy({"/enroll": api.ENROLL, "/identify": api.IDENTIFY})

    def start(self, model: ServedModel) -> None:
        folder = Path(os.environ.get(PEOPLE_DIR) or "var/people")
        self.gallery = Gallery(folder, model.weights)
        api.add_examples(self.described, model.samples)
        try:
            others = self.gallery.others()
        except OSError as error:  # pairs are compared all the same
            logger.error("the enrolled people cannot be read: %s", error)
            return
        for version, count in others.items():
            words = "%s: %d people were enrolled with model %s; this is %s: enroll them again"
            logger.warning(words, folder, count, version, model.weights)

    def loaded(self) -> tuple[ServedModel, Gallery]:
        model = self.state.loaded()
        if self.gallery is None:
            raise HTTPException(503, "the enrolled people are being loaded")
        return model, self.gallery

    async def answer(self, request: Request, act: Act) -> Response:
        """What is wrong with a request is told as POST /predict tells it."""
        try:
            model, gallery = self.loaded()
            body = await read_body(request.scope, request.receive, self.max_body_bytes)
            content = parse(body)
            if not isinstance(content, dict):
                raise RefusedError(422, [fault("", "an object", content)])
            gallery.refresh()
            return JSONResponse({**act(model, gallery, content), "model": model.label})
        except RefusedError as refused:
            return JSONResponse({"detail": refused.detail}, refused.status)
        except CallerLeftError:
            return Response(status_code=400)
        except OSError as error:
            raise unkept(error) from error


def add_enrolment(pages: FastAPI, enrolment: Enrolment) -> None:
    _add_people(pages, enrolment)
    about = enrolment.described

    @pages.post("/enroll", summary="Adds images of a person", openapi_extra=about["/enroll"])
    async def enroll_person(request: Request) -> Response:
        return await enrolment.answer(request, enroll)

    @pages.post(
        "/identify", summary="Who of the known people is it", openapi_extra=about["/identify"]
    )
    async def identify_person(request: Request) -> Response:
        return await enrolment.answer(request, identify)


def _add_people(pages: FastAPI, enrolment: Enrolment) -> None:
    @pages.get("/people", summary="The known people", openapi_extra=api.PEOPLE)
    async def list_people() -> Json:
        model, gallery = enrolment.loaded()
        try:
            gallery.refresh()
            others = gallery.others()
        except OSError as error:
            raise unkept(error) from error
        return {
            "people": [{"name": who, "images": len(rows)} for who, rows in gallery.people.items()],
            "other_versions": [{"version": name, "people": n} for name, n in others.items()],
            "model": model.label,
        }

    @pages.delete("/people/{name:path}", summary="Forgets a person", openapi_extra=api.FORGET)
    async def forget_person(name: str) -> Json:
        model, gallery = enrolment.loaded()
        try:
            known = gallery.forget(name)
        except OSError as error:
            raise unkept(error) from error
        if not known:
            raise HTTPException(404, f"nobody is enrolled as {name!r}; GET /people lists who is")
        return {"name": name, "images": 0, "model": model.label}


def unkept(error: OSError) -> HTTPException:
    logger.error("the enrolled people cannot be read or written: %s", error)
    words = f"the enrolled people cannot be read or written: {error.strerror}; {PEOPLE_DIR} must"
    return HTTPException(503, f"{words} name a folder that the service may write")
