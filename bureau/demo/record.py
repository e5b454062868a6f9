"""What the demo did, step by step, for ``summary.json``."""

from __future__ import annotations

import contextlib
import json
import sys
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.errors import ShebaoError
from app.wording import notice, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class StepFailed(Exception):
    """A step did not do what it is there to show; its reason is the argument."""


@dataclass
class Record:
    """Steps with their outcome and time, and the documents that came of them."""

    region: str
    folder: Path
    steps: list[dict[str, Any]] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every step was."""
        return bool(self.steps) and all(step["ok"] for step in self.steps)

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[list[str]]:
        """Run one step; what it appends to the list is its detail. A failure is written down and ends the demo."""
        begun, detail, ok = time.monotonic(), list[str](), False
        try:
            yield detail
            ok = True
        except ShebaoError as failed:
            findings = [sentence(one).message for one in getattr(failed, "findings", ())]
            detail.append(notice(failed).whole + "；".join(findings))
            raise StepFailed(name) from failed
        except StepFailed as failed:
            detail.append(str(failed))
            raise
        except Exception:
            detail.append(traceback.format_exc())
            raise
        finally:
            seconds = round(time.monotonic() - begun, 2)
            self.steps.append({"name": name, "ok": ok, "seconds": seconds, "detail": "；".join(detail)})
            sys.stderr.write(f"{'✓' if ok else '✗'} {name}（{seconds:.1f} 秒）{'；'.join(detail)}\n")

    def keep(self, name: str, content: bytes) -> None:
        """Write a document into the folder and list it."""
        (self.folder / name).write_bytes(content)
        self.documents.append(name)

    def write(self) -> Path:
        """Write summary.json."""
        path = self.folder / "summary.json"
        summary = {"ok": self.ok, "region": self.region, "steps": self.steps, "documents": self.documents}
        path.write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n", "utf-8")
        return path


def expect(holds: object, otherwise: str) -> None:
    """Fail the step unless ``holds``."""
    if not holds:
        raise StepFailed(otherwise)
