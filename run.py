#!/usr/bin/env python3
"""Prepare what the program needs on this machine, then start it.

``python3 run.py demo | window | shebao | test | bench | prepare | build``. Standard library only, because it runs
before anything is installed. Once a machine is prepared, a start costs a few milliseconds: a stamp is compared and the
interpreter of ``.venv`` takes over this process.

All that this file says goes to standard error, as does the output of pip and apt: ``run.py shebao --json`` promises a
single JSON object on standard output, on the first start too.

The syntax is kept to what Python 3.7 reads, so that an old interpreter gets to the sentence that names the remedy.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "prepared.json"
OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")

WINDOWS = os.name == "nt"
LINUX = sys.platform.startswith("linux")
PYTHON_IN_VENV = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")

CANNOT_PREPARE = 69  # EX_UNAVAILABLE; the codes up to 7 and 70 belong to shebao itself
INTERRUPTED = 130

# Each level holds all packages of the levels before it.
LEVELS = ("runtime", "bureau", "dev")
LEVEL_OF = {
    "shebao": "runtime",
    "window": "runtime",
    "demo": "bureau",
    "bench": "dev",
    "test": "dev",
    "build": "dev",
    "prepare": "dev",
}
MODULE_OF = {"shebao": "app.cli", "window": "ui", "demo": "bureau.demo", "bench": "benchmarks"}

USAGE = """\
用法 usage: python3 run.py COMMAND …
  demo [--headless] [--region R] [--out DIR]   演示主要业务   the main job, end to end
  window                                       打开程序       the program itself, with a real UKey
  shebao …                                     命令行         the terminal interface (docs/cli.md)
  test [pytest 参数…]                           全部检查       lint, types, contracts, tests
  bench [NAME]                                 基准测试       benchmarks
  prepare                                      只准备环境     prepare everything, start nothing
  build                                        打包           the one-folder program (PyInstaller)"""


class Need(NamedTuple):
    """Something that no Python package brings: what it is, how to see it, the Debian packages that may hold it.

    The packages are alternatives; releases name the same library differently and the first that apt knows is taken.
    """

    what: str
    is_here: Callable[[], bool]
    packages: tuple[str, ...]


class CannotPrepareError(Exception):
    """The environment cannot be made ready; the message is the sentence for the person who started run.py."""


def say(chinese: str, english: str) -> None:
    """Tell the developer one thing, on standard error."""
    print(f"[run.py] {chinese} / {english}", file=sys.stderr, flush=True)


# --- an interpreter that is new enough ---------------------------------------------------------------------------


def python_version() -> str:
    """The version of the interpreter that runs this file, as in the names of packages: 3.11."""
    return "{}.{}".format(*sys.version_info[:2])


def continue_under_a_newer_python(arguments: Sequence[str]) -> NoReturn:
    """Start run.py again under the first sufficient Python on PATH, or end with one sentence how to get it."""
    for name in NEWER_PYTHONS:
        path = shutil.which(name)
        # A version manager leaves launchers on PATH for versions that it would refuse to start.
        if path and _runs([path, "-c", ""]):
            command = [path, str(ROOT / "run.py"), *arguments]
            if WINDOWS:
                sys.exit(subprocess.call(command))
            os.execv(path, command)
    here = python_version()
    say(
        f"需要 Python 3.11 或更新版本，这里是 {here}。Debian 12、Ubuntu 24.04 自带；其他系统请从 python.org 安装后重来",
        f"Python 3.11 or newer is needed, this is {here}; Debian 12 and Ubuntu 24.04 have it, else see python.org",
    )
    sys.exit(CANNOT_PREPARE)


# --- what the operating system must bring ------------------------------------------------------------------------


def loads(library: str) -> bool:
    """Whether the dynamic loader finds this library with everything that it needs in turn."""
    import ctypes  # costs 10 ms that `run.py shebao` need not pay

    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _library(soname: str, *packages: str) -> Need:
    return Need(soname, lambda: loads(soname), packages)


def _program(name: str, *packages: str) -> Need:
    return Need(name, lambda: shutil.which(name) is not None, packages)


def softhsm_module() -> Path | None:
    """Where SoftHSM's PKCS#11 module lies, among the places that pkcs11_drivers/vendors/softhsm.toml knows."""
    if WINDOWS:
        folders = [Path("C:\\SoftHSM2"), Path(os.environ.get("PROGRAMFILES", "C:\\Program Files")) / "SoftHSM2"]
        candidates = [folder / "lib" / "softhsm2-x64.dll" for folder in folders]
    else:
        folders = [Path("/usr/lib/softhsm"), Path("/usr/lib64/softhsm"), Path("/usr/lib64/pkcs11")]
        folders += [Path("/usr/local/lib/softhsm")]
        candidates = [folder / "libsofthsm2.so" for folder in folders]
        candidates += sorted(Path("/usr/lib").glob("*-linux-gnu/softhsm/libsofthsm2.so"))
    return next((path for path in candidates if path.is_file()), None)


SOFTHSM = Need("SoftHSM", lambda: softhsm_module() is not None, ("softhsm2",))

# What the PySide6 wheel links to and does not carry: objdump -p, and a bare Debian until every plugin loaded.
QT = [
    _library("libglib-2.0.so.0", "libglib2.0-0t64", "libglib2.0-0"),
    _library("libgthread-2.0.so.0", "libglib2.0-0t64", "libglib2.0-0"),
    _library("libEGL.so.1", "libegl1"),
    _library("libGL.so.1", "libgl1"),
    _library("libfontconfig.so.1", "libfontconfig1"),
    _library("libxkbcommon.so.0", "libxkbcommon0"),
    _library("libdbus-1.so.3", "libdbus-1-3"),
    _library("libgssapi_krb5.so.2", "libgssapi-krb5-2"),
]
QT_ON_A_DISPLAY = [
    _library("libX11-xcb.so.1", "libx11-xcb1"),
    _library("libxcb-cursor.so.0", "libxcb-cursor0"),
    _library("libxcb-icccm.so.4", "libxcb-icccm4"),
    _library("libxcb-image.so.0", "libxcb-image0"),
    _library("libxcb-keysyms.so.1", "libxcb-keysyms1"),
    _library("libxcb-randr.so.0", "libxcb-randr0"),
    _library("libxcb-render-util.so.0", "libxcb-render-util0"),
    _library("libxcb-shape.so.0", "libxcb-shape0"),
    _library("libxcb-sync.so.1", "libxcb-sync1"),
    _library("libxcb-xfixes.so.0", "libxcb-xfixes0"),
    _library("libxcb-xkb.so.1", "libxcb-xkb1"),
    _library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
]
XVFB = _program("Xvfb", "xvfb")
POSTGRESQL = Need(
    "PostgreSQL",
    lambda: bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
    ("postgresql",),
)


def _file(what: str, pattern: str, *packages: str) -> Need:
    return Need(what, lambda: any(Path("/").glob(pattern)), packages)


# Modules that the tests compile, and every kind of token that the UKey room is held to: a smart card in a virtual
# reader, a TPM in software, and NSS.
FOREIGN_TOKENS = [
    _program("cc", "gcc"),
    _file("stdio.h", "usr/include/stdio.h", "libc6-dev"),
    _file("p11-kit/pkcs11.h", "usr/include/p11-kit-1/p11-kit/pkcs11.h", "libp11-kit-dev"),
    _file("openssl/evp.h", "usr/include/openssl/evp.h", "libssl-dev"),
    _program("openssl", "openssl"),
    _program("dbus-run-session", "dbus"),
    _program("pcscd", "pcscd"),
    _file("vpcd", "usr/lib/pcsc/drivers/serial/libifdvpcd.so*", "vsmartcard-vpcd"),
    _file("OpenSC", "usr/lib/*/opensc-pkcs11.so", "opensc-pkcs11"),
    _program("swtpm", "swtpm"),
    _program("tpm2-abrmd", "tpm2-abrmd"),
    _file("the TPM's way to abrmd", "usr/lib/*/libtss2-tcti-tabrmd.so*", "libtss2-tcti-tabrmd0"),
    _file("tpm2-pkcs11", "usr/lib/*/pkcs11/libtpm2_pkcs11.so*", "libtpm2-pkcs11-1"),
    _program("tpm2_ptool", "libtpm2-pkcs11-tools"),
    _program("tpm2_getcap", "tpm2-tools"),
    _program("certutil", "libnss3-tools"),
    _file("p11-kit-proxy", "usr/lib/*/p11-kit-proxy.so", "p11-kit-modules", "p11-kit"),
]


def _needs_of_pyinstaller() -> list[Need]:
    shared = f"libpython{python_version()}"
    return [
        _program("objdump", "binutils"),
        Need(
            shared,
            lambda: loads(shared + ".so.1.0") or list(Path(sys.base_prefix, "lib").glob(shared + ".so*")) != [],
            (shared + "t64", shared),
        ),
    ]


def _need_of_venv() -> Need:
    return Need("python3-venv", _has_ensurepip, (f"python{python_version()}-venv", "python3-venv"))


def has_display() -> bool:
    """Whether a window can be shown to somebody."""
    return not LINUX or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def needs(command: str, arguments: Sequence[str]) -> list[Need]:
    """What this command needs of the operating system; wheels for Windows and macOS bring all but SoftHSM."""
    wanted = [SOFTHSM] if command in ("demo", "test", "bench", "prepare") else []
    if not LINUX:
        return wanted
    if not is_ready(LEVEL_OF[command]):
        wanted.append(_need_of_venv())
    if command != "shebao":
        wanted += QT
    if command in ("window", "test", "build", "prepare") or (
        command == "demo" and has_display() and "--headless" not in arguments
    ):
        wanted += QT_ON_A_DISPLAY
    if command in ("test", "prepare"):
        wanted += [XVFB, POSTGRESQL, *FOREIGN_TOKENS]
    if command in ("test", "build", "prepare"):
        wanted += _needs_of_pyinstaller()
    return wanted


def prepare_system(command: str, arguments: Sequence[str]) -> None:
    """Install what is missing where apt and root are there; else say in one line what to install.

    Raises:
        CannotPrepareError: something is still missing that the command cannot do without.
    """
    missing = [need for need in needs(command, arguments) if not need.is_here()]
    if missing and LINUX and shutil.which("apt-get"):
        if os.geteuid() == 0:
            _apt_get_install(missing)
            missing = [need for need in missing if not need.is_here()]
        if missing:
            names = " ".join(_package_names(missing))
            say(
                f"缺少系统软件包，请运行：sudo apt-get install -y --no-install-recommends {names}",
                "these system packages are missing, install them with the command shown",
            )
    elif missing and LINUX:
        listed = ", ".join(need.what for need in missing)
        say(f"请用系统的包管理器安装：{listed}", "install these with the system's package manager")
    if command == "demo" and missing:
        raise CannotPrepareError(_why_the_demo_cannot_start(missing))


def _why_the_demo_cannot_start(missing: Sequence[Need]) -> str:
    if LINUX:
        return "缺少上面所列的系统软件包，演示不能开始 / the demo cannot start without the system packages listed above"
    how = "SoftHSM2 for Windows（disig/SoftHSM2-for-Windows 的 .msi）" if WINDOWS else "SoftHSM 2"
    start = "py run.py window" if WINDOWS else "python3 run.py window"
    return (
        f"演示需要软件 UKey（{missing[0].what}），这台电脑上没有找到。安装：{how}，再运行同一条命令；"
        f"不装也可以打开程序、使用真实的 UKey：{start} / the demo needs {missing[0].what}, which was not found: "
        "install it as shown, or open the program and use a real UKey"
    )


def _package_names(missing: Sequence[Need]) -> list[str]:
    """The first name of each need that apt knows on this release, without repeats."""
    names = [next(filter(_apt_knows, need.packages), need.packages[-1]) for need in missing]
    return list(dict.fromkeys(names))


def _apt_knows(package: str) -> bool:
    shown = subprocess.run(
        ["apt-cache", "show", "--no-all-versions", package],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return shown.returncode == 0 and b"Package:" in shown.stdout


def _apt_get_install(missing: Sequence[Need]) -> None:
    say("更新软件包列表：apt-get update", "updating the list of packages")
    _apt_get("update", "-q")
    names = _package_names(missing)
    say(f"安装系统软件包：{' '.join(names)}", "installing these system packages")
    if _apt_get("install", "-y", "-q", "--no-install-recommends", *names) == 0:
        return
    # One unknown or broken package must not keep the others from being installed.
    for name in names:
        if _apt_get("install", "-y", "-q", "--no-install-recommends", name) != 0:
            say(f"没有装上：{name}", "this one could not be installed")


def _apt_get(*arguments: str) -> int:
    """Run apt-get without questions; what it says is shown only if it failed."""
    done = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        last_lines = done.stdout.decode("utf-8", "replace").splitlines()[-12:]
        print("\n".join(last_lines), file=sys.stderr, flush=True)
    return done.returncode


# --- the virtual environment -------------------------------------------------------------------------------------


def lock_file(level: str) -> Path:
    """The file that pins the packages of a level, with hashes."""
    return ROOT / "requirements" / f"{level}.txt"


def read_stamp() -> str:
    """The level that .venv holds, or "" when there is none that can be used.

    The stamp is void when a lock file changed, the checkout was moved (a virtual environment holds absolute paths) or
    the interpreter below it is another one.
    """
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        level = str(stamp["level"])
        return level if stamp == _stamp(level) else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def write_stamp(level: str) -> None:
    """Declare .venv ready, in one step; called last."""
    draft = STAMP.with_suffix(".new")
    draft.write_text(json.dumps(_stamp(level), indent=1), encoding="utf-8")
    draft.replace(STAMP)


def _stamp(level: str) -> dict[str, str]:
    interpreter = os.path.realpath(str(PYTHON_IN_VENV))
    if not os.path.exists(interpreter):  # noqa: PTH110  a dangling link: the Python below .venv was removed
        raise FileNotFoundError(interpreter)
    locked = hashlib.sha256(lock_file(level).read_bytes()).hexdigest()
    return {"level": level, "locked": locked, "root": str(ROOT), "interpreter": interpreter}


def is_ready(level: str) -> bool:
    """Whether .venv holds everything of this level."""
    held = read_stamp()
    return held != "" and LEVELS.index(held) >= LEVELS.index(level)


def prepare_environment(level: str) -> None:
    """Make .venv hold everything of this level.

    Raises:
        CannotPrepareError: no virtual environment can be made here, or pip failed. No stamp is left then, so the next
            start begins again.
    """
    if is_ready(level):
        return
    with only_one_at_a_time():
        if is_ready(level):  # the other one, that we waited for, did it
            return
        if not read_stamp():
            _create_virtual_environment()
        with contextlib.suppress(FileNotFoundError):
            STAMP.unlink()
        _install(level)
        _put_checkout_on_path()
        write_stamp(level)


@contextlib.contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold the lock under which .venv may be changed; a second run.py waits, and says so."""
    with (ROOT / ".venv.lock").open("a", encoding="utf-8") as handle:
        if not _try_lock(handle.fileno()):
            say("另一个 run.py 正在准备环境，等它做完", "another run.py is preparing the environment, waiting for it")
            while not _try_lock(handle.fileno()):
                time.sleep(0.5)
        yield  # closing the file, or the end of the process, lets go of the lock


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # of Windows only

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # of POSIX only

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _create_virtual_environment() -> None:
    say(f"建立 .venv（Python {python_version()}）", "making the virtual environment")
    command = [sys.executable, "-m", "venv", "--clear"]
    if not _has_ensurepip():
        if not _runs([sys.executable, "-m", "pip", "--version"]):
            raise CannotPrepareError(
                "这个 Python 不带 venv，请运行：sudo apt-get install -y python3-venv / this Python lacks venv"
            )
        command.append("--without-pip")  # the pip of the system then installs into it
    if _call([*command, str(VENV)]) != 0:
        raise CannotPrepareError("不能建立虚拟环境 .venv，原因见上 / .venv could not be made, see above")


def _has_ensurepip() -> bool:
    # A process of its own: this one remembers what it once failed to find.
    return _runs([sys.executable, "-c", "import ensurepip, venv"])


def _install(level: str) -> None:
    count = lock_file(level).read_text(encoding="utf-8").count("==")
    say(
        f"安装 {count} 个固定版本的包（约 250 MB，一两分钟）",
        "installing pinned packages, some 250 MB, a minute or two",
    )
    if _runs([str(PYTHON_IN_VENV), "-c", "import pip"]):
        pip = [str(PYTHON_IN_VENV), "-m", "pip"]
    else:
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON_IN_VENV)]
    # --no-deps: the lock names every package, so there is nothing for pip to resolve.
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"]
    if _call([*pip, "install", *options, "-r", str(lock_file(level))]) != 0:
        raise CannotPrepareError(
            "包没有装完，原因见上面 pip 的话；多半是网络不通，可用 PIP_INDEX_URL 指定镜像，再运行同一条命令即可 / "
            "pip could not install everything, see above; once the network is there run the same command again"
        )


def _put_checkout_on_path() -> None:
    """Let .venv import the checkout from any folder: a path on the command line is the user's, not ours."""
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site_packages = subprocess.check_output([str(PYTHON_IN_VENV), "-c", ask]).decode().strip()
    Path(site_packages, "shebaodesk.pth").write_text(str(ROOT) + "\n", encoding="utf-8")


def _runs(command: Sequence[str]) -> bool:
    """Whether a program can be started and ends well; what it says does not matter."""
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def _call(command: Sequence[str]) -> int:
    """Run a helper program; all it says goes to standard error."""
    return subprocess.call(command, stdin=subprocess.DEVNULL, stdout=sys.stderr.fileno())


# --- the commands ------------------------------------------------------------------------------------------------


def hand_over(module: str, arguments: Sequence[str]) -> int:
    """Let the interpreter of .venv run a module in place of this process; returns only on Windows."""
    # -P: a folder `app` where the user happens to stand must not be taken for ours.
    command = [str(PYTHON_IN_VENV), "-P", "-m", module, *arguments]
    if not WINDOWS:
        sys.stderr.flush()
        os.execv(command[0], command)
    return subprocess.call(command)


def run_checks(arguments: Sequence[str]) -> int:
    """Lint, format, types, contracts, then pytest; with arguments pytest alone. All run, whatever fails before."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    module = [str(PYTHON_IN_VENV), "-P", "-m"]
    checks = [
        ("ruff check", [*module, "ruff", "check", "."]),
        ("ruff format", [*module, "ruff", "format", "--check", "."]),
        ("mypy", [*module, "mypy"]),
        ("import contracts", [str(PYTHON_IN_VENV.parent / "lint-imports")]),
    ]
    outcomes = []
    for name, command in ([] if arguments else checks) + [("pytest", [*module, "pytest", *arguments])]:
        print(f"\n=== {name}", flush=True)
        started = time.monotonic()
        code = subprocess.call(command, cwd=str(ROOT))
        outcomes.append((name, code, time.monotonic() - started))
    # One line, so that pytest's closing line stays in sight right above it.
    words = [f"{name} {'failed' if code else 'ok'} ({seconds:.0f} s)" for name, code, seconds in outcomes]
    print(f"run.py test: {' · '.join(words)}", flush=True)
    return next((code for _, code, _ in reversed(outcomes) if code), 0)


def build() -> int:
    """Build the one-folder program into dist/."""
    folders = ["--distpath", "dist", "--workpath", "build"]
    return subprocess.call(
        [str(PYTHON_IN_VENV), "-m", "PyInstaller", "--noconfirm", *folders, "build.spec"], cwd=str(ROOT)
    )


def start(command: str, arguments: Sequence[str]) -> int:
    """Prepare what the command needs, run it, return its exit code.

    Raises:
        CannotPrepareError: as prepare_system and prepare_environment do.
    """
    prepare_system(command, arguments)
    prepare_environment(LEVEL_OF[command])
    if command == "prepare":
        say("环境已准备好", "the environment is ready")
        return 0
    if command == "test":
        return run_checks(arguments)
    if command == "build":
        return build()
    if command == "demo" and not has_display():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return hand_over(MODULE_OF[command], arguments)


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # An ASCII or Western console gets escapes for Chinese, not a stack trace.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    if arguments[0] not in LEVEL_OF:
        say(f"没有这个命令：{arguments[0]}", "no such command")
        print(USAGE, file=sys.stderr)
        return 2
    try:
        return start(arguments[0], arguments[1:])
    except CannotPrepareError as problem:
        print(f"[run.py] {problem}", file=sys.stderr)
        return CANNOT_PREPARE
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    if sys.version_info < OLDEST:
        continue_under_a_newer_python(sys.argv[1:])
    sys.exit(main(sys.argv[1:]))
