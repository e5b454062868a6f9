"""``shebao doctor``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.workflows.doctor import examine

if TYPE_CHECKING:
    from argparse import Namespace

    from app.workflows.desk import Desk


def doctor(desk: Desk, _: Namespace) -> dict[str, Any]:
    """Every check with its remedy. The exit code is 0 whenever the examination itself could be made."""
    results = examine(desk)
    return {
        "ok": all(result.ok for result in results),
        "checks": [{"code": one.code, "ok": one.ok, "message": one.message, "remedy": one.remedy} for one in results],
    }
