"""Bytes to the bureau and back, over TLS against a pinned certificate authority. The seam for tests.

Foreign exceptions end here: a server that cannot prove itself is BureauDistrusted, everything else that keeps an
answer away is BureauUnreachable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.domain.signing import origin_of
from app.errors import BureauDistrusted, BureauUnreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONNECT_SECONDS = 5
ANSWER_SECONDS = 60
LARGEST_ANSWER = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the body of an answer."""

    status: int
    body: bytes


class Transport(Protocol):
    """Sends one request. ``origin`` is that of the pinned endpoint and enters every signature."""

    origin: str

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer. Raises BureauUnreachable or BureauDistrusted."""

    def close(self) -> None:
        """Let connections go."""


class HttpsTransport:
    """HTTPS with keep-alive to one endpoint, trusting the authorities in ``authority`` only (None: the system's)."""

    def __init__(self, url: str, authority: Path | None = None) -> None:
        import requests

        try:
            self.origin = origin_of(url)
        except ValueError:
            raise UsageError("bureau-address", url=url) from None
        if authority is not None and not authority.is_file():
            raise UsageError("file-missing", file=str(authority))
        self._session = requests.Session()
        # Variables such as REQUESTS_CA_BUNDLE must not quietly replace the pinned authority.
        self._session.trust_env = False
        self._verify: str | bool = True if authority is None else str(authority)

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """The answer, whatever its status. Redirects are not followed: they would leave the pinned origin."""
        import requests

        try:
            with self._session.request(
                method,
                self.origin + path,
                data=body,
                headers=dict(headers),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                verify=self._verify,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = response.raw.read(LARGEST_ANSWER + 1, decode_content=True)
                if len(content) > LARGEST_ANSWER:
                    raise BureauUnreachable(host=self.origin, detail="answer too large")
                return Answer(response.status_code, content)
        except requests.exceptions.SSLError as untrusted:
            raise BureauDistrusted(host=self.origin, detail=_short(untrusted)) from untrusted
        except (requests.RequestException, OSError) as lost:
            raise BureauUnreachable(host=self.origin, detail=_short(lost)) from lost
        except Exception as lost:  # urllib3's own errors come through the raw stream unwrapped
            if type(lost).__module__.startswith("urllib3."):
                raise BureauUnreachable(host=self.origin, detail=_short(lost)) from lost
            raise

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _short(error: BaseException) -> str:
    text = str(error)
    return text if len(text) <= 200 else text[:200] + "…"
