"""No request is read further than its path may be long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from starlette.responses import Response

from bureau import words

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KIB: Final = 1024
ATTACHMENT_BYTES: Final = 8 * KIB * KIB
_LIMITS: Final = (
    ("/v1/attachments/", ATTACHMENT_BYTES),
    ("/v1/filings", 48 * KIB * KIB),
    ("/v1/login", 32 * KIB),
)
_OTHERWISE: Final = 256 * KIB


class _TooLarge(Exception):
    pass


class SizeLimit:
    """ASGI middleware that refuses a body longer than its path allows, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((most for path, most in _LIMITS if scope["path"].startswith(path)), _OTHERWISE)
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not announced.isdigit() or int(announced) > limit:
            await _refusal()(scope, receive, send)
            return
        read, begun = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLarge:
            if begun:
                raise
            await _refusal()(scope, receive, send)


def _refusal() -> Response:
    error = {"code": "too-large", "message": words.message("too-large", {}), "facts": {}, "findings": []}
    body = json.dumps({"error": error}, ensure_ascii=False)
    return Response(body, status_code=413, media_type="application/json", headers={"Connection": "close"})
