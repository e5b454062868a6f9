"""Pages are brought in beforehand, and no class of Qt's is ever made in a worker: that ends the process."""

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
STARTED = """
import sys, threading, time
from importlib.abc import MetaPathFinder
from pathlib import Path

class Watch(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("ui", "PySide6", "shiboken6") and threading.current_thread() is not main:
            astray.append(name)

main, astray = threading.main_thread(), []
sys.meta_path.insert(0, Watch())
from ui.application import application
from ui.bootstrap import open_program
from ui.pages import ENTRIES

qt = application()
program = open_program(Path(sys.argv[1]), region="yichang")
program.start()
pages = {entry.source.partition(":")[0] for entry in ENTRIES}
end = time.monotonic() + 60
while not pages <= set(sys.modules) and time.monotonic() < end:
    qt.processEvents()
    time.sleep(0.005)
program.close()
print(sorted(pages - set(sys.modules)), astray)
"""


def test_every_page_is_brought_in_on_the_gui_thread(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTED, str(tmp_path)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "[] []\n"), done.stderr
