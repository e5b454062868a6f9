"""Run one command: read the words, serve them, write one result, leave with the promised exit code.

What is imported here is imported before anything is done: little. A command that reads a file starts its reader before
the rest is loaded.
"""

from __future__ import annotations

import os
import sys

from app.cli.words import file_to_read, split_globals
from app.errors import ShebaoError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any

    from app.sheets.starting import Started
    from app.workflows.desk import Desk

    Serve = Callable[..., Mapping[str, Any]]

FAULT = 70
#: Where each command is served: imported only when asked for, so that a small tool starts fast.
SERVED: Mapping[str, tuple[str, str]] = {
    "doctor": ("app.cli.doctoring", "doctor"),
    "regions": ("app.cli.tools", "regions"),
    "regions install": ("app.cli.packs", "install"),
    "regions updates": ("app.cli.packs", "updates"),
    "regions rollback": ("app.cli.packs", "roll_back"),
    "explain": ("app.cli.tools", "explain_message"),
    "query": ("app.cli.business", "query"),
    "file": ("app.cli.business", "file"),
    "guide": ("app.cli.business", "guide"),
    "reconcile": ("app.cli.reconciling", "reconcile"),
    "verify": ("app.cli.payments", "verify"),
    "ukey list": ("app.cli.keys", "ukey_list"),
    "ukey test": ("app.cli.keys", "ukey_test"),
    "ukey add": ("app.cli.keys", "ukey_add"),
    "ukey remove": ("app.cli.keys", "ukey_remove"),
    "ukey change-pin": ("app.cli.keys", "ukey_change_pin"),
    "login": ("app.cli.keys", "login"),
    "logout": ("app.cli.keys", "logout"),
    "whoami": ("app.cli.keys", "whoami"),
    "sheet template": ("app.cli.sheeting", "template"),
    "sheet check": ("app.cli.sheeting", "check"),
    "sheet import": ("app.cli.sheeting", "import_sheet"),
    "sheet folder": ("app.cli.sheeting", "folder"),
    "filing list": ("app.cli.filings", "filing_list"),
    "filing show": ("app.cli.filings", "filing_show"),
    "filing submit": ("app.cli.filings", "filing_submit"),
    "filing attach": ("app.cli.filings", "filing_attach"),
    "filing sync": ("app.cli.filings", "filing_sync"),
    "filing withdraw": ("app.cli.filings", "filing_withdraw"),
    "filing void": ("app.cli.filings", "filing_void"),
    "pay calculate": ("app.cli.tools", "pay_calculate"),
    "pay compare": ("app.cli.payments", "pay_compare"),
    "pay declare": ("app.cli.payments", "pay_declare"),
    "pay notice": ("app.cli.payments", "pay_notice"),
    "pay track": ("app.cli.payments", "pay_track"),
    "certificate": ("app.cli.payments", "certificate"),
    "tool identity": ("app.cli.tools", "tool_identity"),
    "tool amount": ("app.cli.tools", "tool_amount"),
    "tool deadline": ("app.cli.tools", "tool_deadline"),
    "tool retirement": ("app.cli.tools", "tool_retirement"),
    "tool late-fee": ("app.cli.tools", "tool_late_fee"),
}


def open_desk(home: Path) -> Desk:
    """The desk of a home folder, with the real parts."""
    from app.workflows.desk import Desk

    return Desk(home)


def run(arguments: Sequence[str], open_desk: Callable[[Path], Desk] = open_desk) -> int:
    """Serve one command line and return its exit code."""
    as_json = "--json" in arguments
    try:
        home, as_json, words = split_globals(arguments)
        with _begun(words) as started:
            return _serve(words, home, open_desk, started, as_json=as_json)
    except ShebaoError as failed:
        return _failed(failed, as_json=as_json)
    except KeyboardInterrupt:
        sys.stderr.write("已取消。\n")
        return UsageError.exit_code
    except Exception as fault:  # noqa: BLE001 - the last line: a clerk never sees a stack trace
        return _fault(fault, as_json=as_json)


def _begun(words: Sequence[str]) -> AbstractContextManager[Started | None]:
    """What takes time by itself is on its way before the program has loaded what it needs to go on."""
    path = file_to_read(words)
    if path is None:
        from contextlib import nullcontext

        return nullcontext()
    from app.sheets.starting import Started

    return Started(path)


def _serve(
    words: Sequence[str],
    home: str | None,
    open_desk: Callable[[Path], Desk],
    started: Started | None,
    *,
    as_json: bool,
) -> int:
    from pathlib import Path

    from app.cli.output import Answered, emit
    from app.cli.parser import build
    from app.workflows.home import default_home

    options = build(words).parse_args(words)
    if options.group is None:
        build().print_help(sys.stderr)
        return UsageError.exit_code
    name = " ".join(filter(None, (options.group, getattr(options, "action", None))))
    if name not in SERVED:
        raise UsageError("not-served", command=name)
    options.started = started
    desk = open_desk(Path(home or os.environ.get("SHEBAO_HOME") or default_home()))
    try:
        emit(_function(*SERVED[name])(desk, options), as_json=as_json)
    except Answered as answered:
        emit(answered.result, as_json=as_json)
        return answered.exit_code
    finally:
        desk.close()
    return 0


def _function(module: str, name: str) -> Serve:
    import importlib

    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]  # SERVED names functions


def _failed(failed: ShebaoError, *, as_json: bool) -> int:
    from app.cli.output import emit, failure_json, say
    from app.wording import notice

    say(notice(failed).whole)
    if as_json:
        emit(failure_json(failed), as_json=True)
    return failed.exit_code


def _fault(fault: Exception, *, as_json: bool) -> int:
    from app.cli.output import emit, failure_json, say
    from app.crash import report
    from app.wording import notice

    path = report(fault)
    failed = ShebaoError("fault", detail=type(fault).__name__)
    say(f"{notice(failed).whole}\n{path or ''}")
    if as_json:
        emit(failure_json(failed), as_json=True)
    return FAULT
