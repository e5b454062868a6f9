"""Start the reference bureau as the process it is, and be its counter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from app.errors import BureauUnreachable

if TYPE_CHECKING:
    from types import TracebackType

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 10


@dataclass
class Serving:
    """A bureau that answers. A context manager: leaving it ends the process."""

    data: Path
    url: str
    authority: Path
    process: subprocess.Popen[str]

    @classmethod
    def start(cls, data: Path, region: str, *more: str, port: int = 0) -> Self:
        """Start, on a free port by default, and wait for the line that says it is ready. Raises BureauUnreachable."""
        data.mkdir(parents=True, exist_ok=True)
        words = _command("serve", "--with-parent", "--data", str(data), "--region", region, "--port", str(port), *more)
        with (data / "bureau.log").open("ab") as log:
            process = subprocess.Popen(
                words,
                # Never written to: it ends with this process, by a signal or a power cut too, and the bureau with it.
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=_environment(),
            )
        assert process.stdout is not None  # noqa: S101 - asked for above
        line = process.stdout.readline()
        if not line:
            process.wait(PATIENCE)
            raise BureauUnreachable(host="demo", detail=(data / "bureau.log").read_text("utf-8", "replace")[-500:])
        ready = json.loads(line)
        return cls(data, ready["url"], Path(ready["ca"]), process)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 443

    def kill(self) -> None:
        """End it without warning, as a power cut would."""
        self.process.kill()
        self.stop()

    def stop(self) -> None:
        """End the process; what it answered for is in its database."""
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def counter(self, *words: str) -> Any:  # noqa: ANN401 - each command's own JSON
        """A command of the other side of the counter, e.g. ``advance --days 1``."""
        done = subprocess.run(
            [*_command(*words), "--data", str(self.data)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
            env=_environment(),
        )
        return json.loads(done.stdout)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "bureau", *words]


def _environment() -> dict[str, str]:
    """This process's own, with the checkout importable from wherever the demo was started."""
    known = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (str(CHECKOUT), known)))}
