"""The web application on an office."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from bureau.api import filings, money, people, queries, sessions
from bureau.api.edge import Edge, failure
from bureau.api.schemas import Failure
from bureau.errors import Refusal

if TYPE_CHECKING:
    from fastapi import Request, Response

    from bureau.office import Office

_CODES = {401: "session-ended", 404: "not-found", 405: "not-found", 413: "too-large"}


def build(office: Office | None) -> FastAPI:
    """The application; without an office it only describes itself."""
    app = FastAPI(
        title="ShebaoDesk reference bureau",
        version="1",
        summary="Online filing of social insurance by employers: the contract between client and bureau.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        separate_input_output_schemas=False,
        responses={"4XX": {"model": Failure, "description": "Refused; `error.code` says why."}},
    )
    app.state.office = office
    for part in (sessions, people, filings, money, queries):
        app.include_router(part.router, prefix="/v1")
    app.add_middleware(Edge)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    return app


def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for no other
    return failure(refusal.status, refusal.code, refusal.facts, refusal.findings)


def _malformed(request: Request, wrong: Exception) -> Response:
    """Only where the fault lies is told and never what stood there, which may be personal data."""
    assert isinstance(wrong, RequestValidationError)  # noqa: S101 - registered for no other
    path = ".".join(str(part) for part in wrong.errors()[0]["loc"])
    if request.url.path == "/v1/login":
        return failure(401, "token-malformed", {"path": path})
    return failure(400, "malformed", {"path": path})


def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    return failure(error.status_code, _CODES.get(error.status_code, "malformed"))
