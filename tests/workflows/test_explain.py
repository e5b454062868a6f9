"""A bureau's message is found by the whole of it, by a part, with what the bureau filled in, in either script."""

from __future__ import annotations

import pytest

from app.regions.catalog import Catalog
from app.resources import RESOURCES
from app.rules.engine import KNOWN_CHECKS
from app.workflows.explain import explain

CATALOG = Catalog(KNOWN_CHECKS)
ALL = [(one, message.code, message.text) for one in CATALOG.ids() for message in CATALOG.region(one).messages]


def codes(text: str) -> list[tuple[str, str]]:
    return [(region.id, message.code) for region, message in explain(CATALOG, text)]


@pytest.mark.parametrize(("region_id", "code", "text"), ALL, ids=lambda value: str(value)[:20])
def test_every_message_is_found_by_its_own_words_first_or_among_equals(region_id: str, code: str, text: str) -> None:
    assert (region_id, code) in codes(text)[:3]


@pytest.mark.parametrize(
    ("typed", "region_id", "code"),
    [
        ("最大做账期号不等于上一月", "yichang", "months-missed"),
        ("该人员有效证件类型居民身份证与之重复，请认真核实人员信息", "zaozhuang", "insured-elsewhere"),
        ("错误：填写社保单据失败，原因 张某 不存在个人缴费计划", "zaozhuang", "no-plan"),
        ("首次参保年月【202208】不能晚于本次参加工作日期【202207】!", "yichang", "first-insured-late"),
        ("密鑰驅動已升級,請重新下載安裝", "harbin", "driver-upgraded"),
        ("驗證CA密鑰失敗", "harbin", "ca-failed"),
        ("不存在此用戶", "harbin", "no-such-user"),
        ("申報成功待繳款", "shaanxi", "pay-pending"),
        ("實時扣款狀態不明鎖定", "shaanxi", "debit-unknown"),
        ("貴單位存在未繳費單據", "zaozhuang", "open-bill"),
        ("是否作廢該辦件", "ningbo", "void-question"),
    ],
)
def test_a_part_a_filled_in_form_and_the_other_script_are_found(typed: str, region_id: str, code: str) -> None:
    assert (region_id, code) in codes(typed)[:3]


def test_nonsense_finds_nothing() -> None:
    assert codes("没有这句话") == []
    assert codes("！") == []


def test_the_characters_come_in_pairs() -> None:
    import tomllib

    rows = tomllib.loads((RESOURCES / "messages" / "traditional.toml").read_text("utf-8"))["rows"]
    assert all(len(before) == len(after) for before, after in rows)
    old = "".join(before for before, _ in rows)
    assert len(set(old)) == len(old)
