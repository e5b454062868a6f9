"""How much work it is until the window can be seen, against a bare window of the same toolkit."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Ratio

ROUNDS = 9
CHECKOUT = Path(__file__).resolve().parents[1]
#: In processor time, which other programs on the machine change less than time itself. Printed at the first painting.
_TOLD = """
import os, sys, time
def seen():
    print(time.process_time(), flush=True)
    os._exit(0)
"""
OURS = f"""{_TOLD}
from ui import running
running.Start._soon = lambda start: seen()
running.run(["--home", sys.argv[1]])
"""
BARE = f"""{_TOLD}
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        seen()
qt = QApplication([])
window = Window()
QVBoxLayout(window).addWidget(QLabel("bare"))
window.resize(1366, 768)
window.show()
qt.exec()
"""


def run() -> list[Ratio]:
    """One ratio, of fresh processes in turn; the first of each, which finds nothing in the caches, does not count."""
    with tempfile.TemporaryDirectory() as home:
        pairs = [(_seconds(OURS, home), _seconds(BARE, home)) for _ in range(ROUNDS + 1)][1:]
    return [
        Ratio(
            name="until the window is seen",
            peer="a bare PySide6 window",
            ours_seconds=statistics.median(ours for ours, _ in pairs),
            peer_seconds=statistics.median(bare for _, bare in pairs),
            ratio=statistics.median(ours / bare for ours, bare in pairs),
            rounds=ROUNDS,
            unit="s of processor time",
        )
    ]


def _seconds(program: str, home: str) -> float:
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, "SHEBAO_KEY_IN_FILE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, home],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout)
