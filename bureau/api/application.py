"""The web application on an office."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bureau import words
from bureau.api import filings, money, people, sessions
from bureau.api.limits import SizeLimit
from bureau.api.schemas import Failure
from bureau.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import Request

    from app.domain.findings import Finding
    from bureau.office import Office

_LOG = logging.getLogger("bureau")
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
    for part in (sessions, people, filings, money):
        app.include_router(part.router, prefix="/v1")
    app.add_middleware(SizeLimit)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _fault)
    return app


def failure(
    status: int, code: str, facts: Mapping[str, str] | None = None, findings: Sequence[Finding] = ()
) -> JSONResponse:
    """The answer to what is refused."""
    told = dict(facts or {})
    body = {
        "code": code,
        "message": words.message(code, told),
        "facts": told,
        "findings": [words.on_wire(one, None) for one in findings],
    }
    return JSONResponse({"error": body}, status_code=status)


def _refused(_: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for no other
    return failure(refusal.status, refusal.code, refusal.facts, refusal.findings)


def _malformed(request: Request, wrong: Exception) -> JSONResponse:
    """Only where the fault lies is told and never what stood there, which may be personal data."""
    assert isinstance(wrong, RequestValidationError)  # noqa: S101 - registered for no other
    path = ".".join(str(part) for part in wrong.errors()[0]["loc"])
    if request.url.path == "/v1/login":
        return failure(401, "token-malformed", {"path": path})
    return failure(400, "malformed", {"path": path})


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for no other
    return failure(error.status_code, _CODES.get(error.status_code, "malformed"))


def _fault(request: Request, fault: Exception) -> JSONResponse:
    """Our bug. The log names the place and the kind of the error, never its text: that may hold what was sent."""
    trace, place = fault.__traceback__, "?"
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
    route: Any = request.scope.get("route")
    _LOG.error("fault in %s %s: %s at %s", request.method, getattr(route, "path", "?"), type(fault).__name__, place)
    return failure(500, "fault")
