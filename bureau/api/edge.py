"""The outermost layer: no request is read further than its path may be long, no fault says what was in it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from bureau import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from app.domain.findings import Finding

_LOG: Final = logging.getLogger("bureau")
_KIB: Final = 1024
ATTACHMENT_BYTES: Final = 8 * _KIB * _KIB
_LIMITS: Final = (
    ("/v1/attachments/", ATTACHMENT_BYTES),
    ("/v1/filings", 48 * _KIB * _KIB),
    ("/v1/login", 32 * _KIB),
)
_OTHERWISE: Final = 256 * _KIB


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


class _TooLarge(HTTPException):
    """More has come than may. An HTTPException, because FastAPI turns any other into a malformed body."""

    def __init__(self) -> None:
        super().__init__(413)


class Edge:
    """ASGI middleware: bodies longer than their path allows are refused, announced or not; faults become HTTP 500."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((most for path, most in _LIMITS if scope["path"].startswith(path)), _OTHERWISE)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or int(announced) > limit:
            await _too_large()(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, _counted(receive, limit), answer)
        except Exception as fault:  # noqa: BLE001 - the last place: a fault is logged without what was sent
            _log(scope, fault)
            if not answer.begun:
                await failure(500, "fault")(scope, receive, send)


class _Answer:
    """Passes an answer on and notes that it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = False

    async def __call__(self, message: Message) -> None:
        self.begun = True
        await self._send(message)


def _counted(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise _TooLarge
        return message

    return counted


def _too_large() -> JSONResponse:
    refusal = failure(413, "too-large")
    # What is still on its way is not read: the connection ends with the answer.
    refusal.headers["Connection"] = "close"
    return refusal


def _log(scope: Scope, fault: Exception) -> None:
    """Our bug. The log names the place and the kind of the error, never its text: that may hold what was sent."""
    place, trace = "?", fault.__traceback__
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}", trace.tb_next
    route = getattr(scope.get("route"), "path", "?")
    _LOG.error("fault in %s %s: %s at %s", scope["method"], route, type(fault).__name__, place)
