"""PKCS#11 modules in C that tests compile for themselves, and what else of the system a test cannot do without."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "pkcs11_drivers" / "native"
P11_KIT_HEADERS = Path("/usr/include/p11-kit-1")


def need(*, there: bool, what: str) -> None:
    """Go on only if ``what`` is there. In CI its absence is a failure; elsewhere the test says why it does not run."""
    if there:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing; run.py test installs it")
    pytest.skip(f"{what} is missing; python3 run.py test installs it where apt and root are there")


@functools.cache
def compiled(source: str, *libraries: str) -> Path:
    """The module built from a file of ``native/``, once in a process; warnings are errors."""
    need(there=shutil.which("cc") is not None, what="a C compiler")
    need(there=(P11_KIT_HEADERS / "p11-kit" / "pkcs11.h").is_file(), what="libp11-kit-dev")
    made = Path(tempfile.mkdtemp(prefix="shebao-native-")) / f"{Path(source).stem}.so"
    flags = ["-shared", "-fPIC", "-fvisibility=hidden", "-O1", "-Wall", "-Wextra", "-Werror", f"-I{P11_KIT_HEADERS}"]
    links = [f"-l{library}" for library in libraries]
    command = ["cc", *flags, "-o", str(made), str(SOURCES / source), *links]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return made
