"""``python -m tests.support.importing_window HOME WORKBOOK``: the real window reads a file, and tells how far it is.

At each step of a phase it prints the phase and stays there for a moment, so that it can be killed in the middle.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

MOMENT = 0.3


def main() -> None:
    """Until it is killed."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["SHEBAO_KEY_IN_FILE"] = "1"
    from PySide6.QtCore import QTimer

    from app.domain.progress import Progress
    from ui.application import application
    from ui.bootstrap import open_program
    from ui.importing.page import SHEET, StaffPage
    from ui.jobs import Job

    home, workbook = map(Path, sys.argv[1:3])
    qt = application()
    program = open_program(home)
    reporter = program.jobs._reporter

    def watched(job: Job) -> Progress:
        report = reporter(job)

        def told(done: int, total: int, what: str) -> None:
            if done and what in {"检查", "存为草稿"}:
                sys.stdout.write(f"{what}\n")
                sys.stdout.flush()
                time.sleep(MOMENT)
            report(done, total, what)

        return told

    program.jobs._reporter = watched  # type: ignore[method-assign]
    program.start()
    asked = False

    def look() -> None:
        nonlocal asked
        window = program.window
        if window is None:
            return
        window.navigate("enrol")
        page = window.current
        if isinstance(page, StaffPage) and page.sheet is not None and not page.opening.busy and not asked:
            asked = True
            page.import_file(workbook)
        elif isinstance(page, StaffPage) and asked and page.stack.currentIndex() == SHEET:
            sys.stdout.write("kept\n")
            sys.stdout.flush()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    qt.exec()


if __name__ == "__main__":
    main()
