"""The rules of enrolment, stop and payment, through the packs that choose them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.domain.findings import Finding
from app.domain.months import Month
from app.rules.fields import Raw
from app.rules.ground import Ground, PersonFacts, Standing, UnitFacts
from app.wording import known_codes, sentence
from tests.support.packs import TODAY, checker
from tests.support.people import identity_number

ID = identity_number(11)
UNIT = UnitFacts("4205001234", "示例机械有限公司", "", "1", ("pension", "unemployment", "injury"), Month(2022, 7))
GOOD: dict[str, dict[str, Raw]] = {
    "yichang": {
        "identity": ID,
        "name": "张示例",
        "first_work": "2012-07-01",
        "start": "2022-08-01",
        "reason": "新增",
        "wage": 6000,
    },
    "zaozhuang": {
        "identity": ID,
        "name": "张示例",
        "first_work": "2012-07-01",
        "start": "2021-11-01",
        "reason": "在职人员续保",
        "wage": "6000.55",
    },
}


def codes(findings: list[Finding]) -> list[str]:
    for finding in findings:
        words = sentence(finding)
        assert words.message
        assert "{" not in words.message + words.remedy
    return sorted(finding.code for finding in findings)


def enrol(
    region: str = "yichang", person: PersonFacts | None = None, change: dict[str, Raw] | None = None, **changes: Raw
) -> list[str]:
    unit = UNIT if region == "yichang" else UNIT._replace(last_period=Month(2021, 10))
    seen = {person.identity: person} if person else {}
    ground = Ground(TODAY[region], unit, {}, seen)
    return codes(checker(region, "enrol").check({**GOOD[region], **(change or {}), **changes}, ground)[1])


@pytest.mark.parametrize("region", ["yichang", "zaozhuang"])
def test_a_sound_enrolment_has_no_finding(region: str) -> None:
    assert enrol(region) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "required"),
        ({"name": "张示例（试用）"}, "name-form"),
        ({"identity": 530102198001010000}, "identity-destroyed"),
        ({"identity": 5.30102198001010e17}, "identity-destroyed"),
        ({"start": "2022-02-30"}, "date-impossible"),
        ({"start": "下周一"}, "date-form"),
        ({"start": "2022-09-01"}, "date-future"),
        ({"start": "2022-06-15"}, "work-start-collected"),
        ({"start": "2022-03-15"}, "work-start-contract"),
        ({"first_work": "1980-01-01"}, "date-order"),
        ({"wage": "3440"}, "base-below-floor"),
        ({"wage": "18010"}, "base-above-ceiling"),
        ({"wage": "6001"}, "base-not-on-step"),
        ({"wage": "六千"}, "money-form"),
        ({"sex": "女"}, "sex-differs"),
        ({"born": "1991-01-01"}, "born-differs"),
        ({"reason": "调岗"}, "code-unknown"),
        ({"insurances": "养老、医疗"}, "insurance-unknown"),
        ({"phone": "12345"}, "phone-form"),
    ],
)
def test_each_mistake_is_found_once(change: dict[str, Raw], code: str) -> None:
    assert enrol(change=change) == [code]


def test_too_young() -> None:
    young = identity_number(11, date(2007, 8, 9))
    assert "age-too-young" in enrol(identity=young, first_work="2022-08-01")


def test_dates_arrive_in_many_forms() -> None:
    written = ("2022-8-1", "2022/08/01", "2022年8月1号", "20220801", "2022.8.1", "2022/8/1 0:00", "2022-08-01 09:30:15")
    for start in (*written, date(2022, 8, 1)):
        assert enrol(start=start) == []
    for counted in (44774, "44774", "44774.0"):
        assert enrol(start=counted) == ["date-from-serial"]
    for month_too in (20228, "20228"):
        assert enrol(start=month_too) == ["date-form"]


def test_who_the_person_is_decides() -> None:
    here = PersonFacts(ID, "张示例", Standing.ACTIVE_HERE)
    assert enrol(person=here) == ["already-insured"]
    assert enrol(person=here._replace(standing=Standing.INSURED_ELSEWHERE)) == ["insured-elsewhere"]
    assert enrol(person=here._replace(standing=Standing.PAUSED_ELSEWHERE, name="李示例")) == ["name-differs"]
    paid = here._replace(standing=Standing.PAUSED_ELSEWHERE, paid_elsewhere=Month(2022, 8))
    assert enrol(person=paid) == ["injury-only"]


def test_zaozhuang_takes_this_month_only_and_before_the_payment() -> None:
    assert enrol("zaozhuang", start="2021-10-31") == ["start-past"]
    unit = UNIT._replace(last_period=Month(2021, 11))
    found = checker("zaozhuang", "enrol").check(GOOD["zaozhuang"], Ground(TODAY["zaozhuang"], unit, {}))[1]
    assert codes(found) == ["enrol-after-payment"]


def stop(region: str, day: str, person: PersonFacts, last_period: Month) -> list[str]:
    ground = Ground(TODAY[region], UNIT._replace(last_period=last_period), {ID: person})
    raw: dict[str, Raw] = {"identity": ID, "name": "张示例", "stop_date": day, "reason": "辞职"}
    return codes(checker(region, "stop").check(raw, ground)[1])


def test_the_examples_of_yichang_for_stops() -> None:
    """Seed 002, 常见问题 15: 缴到2月，上班到3/1 → 须先缴3月; 上班到2/28 → 可以直接办理减员."""
    person = PersonFacts(ID, "张示例", Standing.ACTIVE_HERE, declared_until=Month(2022, 7))
    assert stop("yichang", "2022-08-01", person, Month(2022, 7)) == ["stop-month-unpaid"]
    assert stop("yichang", "2022-07-31", person, Month(2022, 7)) == []
    assert stop("yichang", "2022-06-30", person, Month(2022, 7)) == ["stop-leaves-refund"]
    assert stop("yichang", "2022-03-31", person, Month(2022, 7)) == ["stop-too-far-back"]


def test_only_ones_own_people_can_be_stopped() -> None:
    paused = PersonFacts(ID, "张示例", Standing.PAUSED_HERE)
    assert stop("yichang", "2022-07-31", paused, Month(2022, 7)) == ["not-insured-to-stop"]


def test_zaozhuang_stops_only_what_is_written_back() -> None:
    """Seed 000, 二.6: 必须确保社保缴费回写到个人身上."""
    person = PersonFacts(ID, "张示例", Standing.ACTIVE_HERE, declared_until=Month(2021, 10), paid_until=Month(2021, 9))
    assert stop("zaozhuang", "2021-10-31", person, Month(2021, 10)) == ["payment-not-written-back"]
    assert stop("zaozhuang", "2021-10-31", person._replace(paid_until=Month(2021, 10)), Month(2021, 10)) == []


def pay(region: str, unit: UnitFacts, month: str, today: date | None = None) -> list[str]:
    ground = Ground(today or TODAY[region], unit, {})
    return codes(checker(region, "payment").check({"month": month, "insurances": "养老"}, ground)[1])


def test_payment_windows() -> None:
    assert pay("yichang", UNIT, "2022-08") == []
    assert pay("yichang", UNIT, "2022-07") == ["month-declared", "month-past"]
    assert pay("yichang", UNIT, "2022-09") == ["month-future", "months-missed"]
    assert pay("yichang", UNIT._replace(last_period=Month(2022, 6)), "2022-08") == ["months-missed"]
    zaozhuang = UNIT._replace(last_period=Month(2021, 10))
    assert pay("zaozhuang", zaozhuang._replace(open_bill="2021110812345678"), "2021-11") == ["open-bill"]
    assert pay("zaozhuang", zaozhuang._replace(pending_items=2), "2021-11") == ["pending-items"]
    assert pay("zaozhuang", zaozhuang, "2021-11", date(2021, 11, 22)) == ["declared-late"]


def test_what_is_not_known_is_left_to_the_bureau() -> None:
    found = checker("yichang", "stop").check(
        {"identity": ID, "name": "张示例", "stop_date": "2022-07-31", "reason": "辞职"}, Ground(TODAY["yichang"])
    )
    assert found[1] == []


def test_the_identity_number_fills_in_sex_and_birth() -> None:
    values, _ = checker("yichang", "enrol").check(GOOD["yichang"], Ground(TODAY["yichang"]))
    assert (values["sex"], values["born"]) == ("1", "1990-03-07")
    assert values["wage"] == f"{Decimal(6000):.2f}"
    assert values["insurances"] == "pension,unemployment,injury"


def test_every_finding_that_the_code_can_raise_has_words() -> None:
    import re
    from pathlib import Path

    root = Path(__file__).resolve().parents[2] / "app"
    raised = {
        code
        for path in (*root.glob("rules/*.py"), *root.glob("sheets/*.py"), *root.glob("workflows/*.py"))
        for code in re.findall(r'(?:error|warning|Finding)\(\s*"([a-z][a-z-]+)"', path.read_text("utf-8"))
    }
    assert len(raised) > 40
    assert raised - known_codes("findings") == set()
