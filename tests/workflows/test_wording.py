"""Every failure that the code can name has words, and no words are left over."""

from __future__ import annotations

import re
from pathlib import Path

from app.errors import BureauUnreachable, ShebaoError, UsageError
from app.regions.catalog import Catalog
from app.rules.engine import KNOWN_CHECKS
from app.wording import known_codes, notice
from tests.support.packs import region

ROOT = Path(__file__).resolve().parents[2]
RAISED = re.compile(
    r"\b(?:UsageError|InputRefused|KeyTrouble|BureauRefused|LocalDataError|ShebaoError|CalledOff)"
    r'\(\s*(?:None|"([a-z][a-z-]+)")'
)
DEFAULTS = re.compile(r'default_code(?:: ClassVar\[str\])? = "([a-z][a-z-]+)"')


def codes() -> set[str]:
    found = set()
    for folder in ("app", "ui", "bureau"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            found |= {code for code in RAISED.findall(text) if code} | set(DEFAULTS.findall(text))
    return found


def test_every_code_has_words() -> None:
    found = codes()
    assert len(found) > 40
    assert found - known_codes("errors") == set()


def test_every_reason_a_login_can_be_refused_for_has_words() -> None:
    text = "".join((ROOT / "bureau" / name).read_text("utf-8") for name in ("trust.py", "login.py"))
    reasons = set(re.findall(r'(?:Distrusted|Refusal)\((?:401, |429, )?"([a-z-]+)"', text))
    assert {"certificate-revoked", "challenge-expired", "signature-wrong"} <= reasons
    assert reasons - known_codes("errors") == set()


def test_a_failure_has_its_three_parts_and_no_braces() -> None:
    for code in known_codes("errors"):
        words = notice(ShebaoError(code))
        assert words.happened
        assert "{" not in words.whole
        assert not re.search(r"[!！]", words.whole)


def test_what_was_to_be_sent_is_said_to_be_safe() -> None:
    assert "待发送" in notice(BureauUnreachable(host="h")).safe


def test_the_messages_of_the_packs_say_what_to_do() -> None:
    for region_id in Catalog(KNOWN_CHECKS).ids():
        assert all(message.remedy and message.source for message in region(region_id).messages)


def test_each_part_of_a_notice_is_a_sentence_of_its_own() -> None:
    """What was told to us, a path or the bureau's words, ends as it likes."""
    said = notice(UsageError(detail="缺少 --region")).whole
    assert said == "命令的写法不对：缺少 --region。用 shebao --help 看写法。"
