"""The bureau of a demo ends with the demo, however that ends."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 60
PLAYING = """
import json, sys, time
from pathlib import Path
from bureau.demo.process import Serving

serving = Serving.start(Path(sys.argv[1]), "yichang")
print(json.dumps(serving.port), flush=True)
time.sleep(600)
"""


def test_a_demo_that_is_killed_leaves_no_bureau_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PLAYING, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        port = json.loads(demo.stdout.readline())
        assert _answers(port)
        demo.kill()
    end = time.monotonic() + PATIENCE
    while _answers(port) and time.monotonic() < end:
        time.sleep(0.05)

    assert not _answers(port)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
