"""``python3 run.py demo``: the whole job on prepared ground, in the window or without a screen."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from app.errors import ShebaoError
from app.wording import notice
from bureau import training
from bureau.demo.record import Record, StepFailed

FOLDER = Path("demo-out")


def main(arguments: list[str]) -> int:
    """Play the month and write summary.json, or open the window on the same ground."""
    parser = argparse.ArgumentParser(prog="run.py demo", description="演示：从 UKey 到打印认定单")
    parser.add_argument("--headless", action="store_true", help="不开窗口，走完全程并写 summary.json")
    parser.add_argument("--region", default="yichang", choices=training.regions(), help="地区")
    parser.add_argument("--out", type=Path, metavar="DIR", help="输出目录，默认 demo-out")
    options = parser.parse_args(arguments)
    # The training ground's store is thrown away with it: its key must not stay behind in the system's keyring.
    os.environ["SHEBAO_KEY_IN_FILE"] = "1"
    if options.headless or not _has_display():
        return headless(options.region, options.out or FOLDER)
    from bureau.demo.windowed import windowed

    try:
        return windowed(options.region, options.out)
    except ShebaoError as failed:
        sys.stderr.write(notice(failed).whole + "\n")
        return failed.exit_code


def headless(region: str, out: Path) -> int:
    """Play the month without a screen; documents, pictures and summary.json go to ``out``."""
    from bureau.demo.ground import prepared
    from bureau.demo.headless import play
    from bureau.demo.pictures import take_pictures

    out.mkdir(parents=True, exist_ok=True)
    record = Record(region, out)
    ground_folder = Path(tempfile.mkdtemp(prefix="shebao-demo-"))
    try:
        with prepared(ground_folder, region) as ground:
            play(ground, record)
            with record.step("拍下各个窗口") as detail:
                names = take_pictures(ground, out)
                record.documents.extend(names)
                detail.append(f"{len(names)} 张")
    except StepFailed:
        sys.stderr.write("演示没有走完，原因见上面最后一步。\n")
    except ShebaoError as failed:
        sys.stderr.write(notice(failed).whole + "\n")
    finally:
        summary = record.write()
        shutil.rmtree(ground_folder, ignore_errors=True)
    sys.stderr.write(f"{'全部完成' if record.ok else '没有完成'}：{summary}\n")
    return 0 if record.ok else 70


def _has_display() -> bool:
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
