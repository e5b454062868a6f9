"""The other bureaus on their own packs: what only 宁波, 哈尔滨 and 陕西 do, through sealed filings."""

from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.months import Month
from app.errors import InputRefused
from app.regions.pack import Review
from bureau import counter as desk
from bureau import tax, tax_counter, training
from bureau.registers import Handler
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import enrol_values
from tests.support.filing import ALL, ask, billed, done, named, refused

CLOCK = "2024-05"


def test_a_unit_of_shaanxi_declares_prints_a_voucher_and_pays_by_agreement(
    open_bureau: Opener, database: str | None
) -> None:
    with open_bureau("shaanxi", db=database) as counter:
        clerk = counter.clerk()
        number = billed(clerk, "payment", CLOCK, insurances=ALL)
        assert refused(clerk, "tax-declare", {"bill": number})
        counter.office.advance(timedelta(days=1))

        done(clerk, "tax-declare", {"bill": number})
        done(clerk, "tax-void", {"bill": number})
        done(clerk, "tax-declare", {"bill": number})
        done(clerk, "tax-pay", {"bill": number, "way": "voucher"})
        (voucher,) = ask(counter, clerk, "tax-vouchers")
        assert refused(clerk, "tax-void", {"bill": number})
        assert refused(clerk, "tax-pay", {"bill": number, "way": "tripartite"})
        tax_counter.void_voucher(counter.office, voucher["voucher"])
        done(clerk, "tax-pay", {"bill": number, "way": "tripartite"})

        assert [row["state"] for row in ask(counter, clerk, "tax-records")] == [tax.PAID, tax.VOID]
        assert [row["state"] for row in ask(counter, clerk, "tax-vouchers")] == [tax.VOID]
        counter.office.advance(timedelta(days=7))
        assert clerk.client.notice(number).stages[-1]["reached_at"]
        assert clerk.client.people()[0].paid_until == Month(2024, 5)


def test_without_an_agreement_the_voucher_is_taken_to_the_bank(open_bureau: Opener) -> None:
    with open_bureau("shaanxi") as counter:
        clerk = counter.clerk(training.neighbour("shaanxi"))
        number = billed(clerk, "payment", CLOCK, insurances=ALL)
        counter.office.advance(timedelta(days=1))
        done(clerk, "tax-declare", {"bill": number})
        assert clerk.client.unit()[0].tripartite is False
        assert refused(clerk, "tax-pay", {"bill": number, "way": "tripartite"}) == ["no-agreement"]
        done(clerk, "tax-pay", {"bill": number, "way": "voucher"})
        (voucher,) = ask(counter, clerk, "tax-vouchers")

        tax_counter.pay_voucher(counter.office, voucher["voucher"])

        assert clerk.client.notice(number).state == "paid"
        with pytest.raises(InputRefused):
            tax_counter.void_voucher(counter.office, voucher["voucher"])


def test_what_is_paid_beyond_a_bill_lessens_the_next_one(open_bureau: Opener) -> None:
    """待转金 (seed 003, 四.3): “待转金冲抵是后端业务，冲抵发生在征缴计划环节”, shown on the bill that it lessens."""
    with open_bureau("shaanxi") as counter:
        clerk = counter.clerk(training.neighbour("shaanxi"))
        number = billed(clerk, "payment", CLOCK, insurances=ALL)
        counter.office.advance(timedelta(days=1))
        done(clerk, "tax-declare", {"bill": number})
        done(clerk, "tax-pay", {"bill": number, "way": "voucher"})
        (voucher,) = ask(counter, clerk, "tax-vouchers")
        total = clerk.client.notice(number).notice.total
        with pytest.raises(InputRefused) as refusal:
            tax_counter.pay_voucher(counter.office, voucher["voucher"], total - 1)
        assert [one.code for one in refusal.value.findings] == ["paid-too-little"]

        tax_counter.pay_voucher(counter.office, voucher["voucher"], total + Decimal("88.80"))

        assert {"name": "待转金", "value": "88.80"} in ask(counter, clerk, "unit-info")
        counter.office.advance(timedelta(days=28))
        following = billed(counter.clerk(training.neighbour("shaanxi")), "payment", "2024-06", insurances=ALL)
        paper = clerk.client.notice(following).notice
        assert sum(line.payable for line in paper.lines) - paper.total == Decimal("88.80")
        assert any("88.80" in note for note in paper.notes)
        assert "待转金" not in {row["name"] for row in ask(counter, clerk, "unit-info")}


def test_a_bill_overpaid_before_the_tax_office_sees_it_counts_once_it_does(open_bureau: Opener) -> None:
    with open_bureau("yichang") as counter:
        clerk = counter.clerk(training.neighbour("yichang"))
        done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
        number = billed(clerk, "notice", "2022-08")
        total = clerk.client.notice(number).notice.total

        desk.pay(counter.office, number, total + 1)
        assert "待转金" not in {row["name"] for row in ask(counter, clerk, "unit-info")}
        counter.office.advance(timedelta(hours=1))

        assert {"name": "待转金", "value": "1.00"} in ask(counter, clerk, "unit-info")


def test_in_ningbo_the_month_of_the_stop_is_not_paid_any_more(open_bureau: Opener) -> None:
    """Seed 001, 4.3.3: “停保时间可选择办理的上月或者当月，即缴费截止时间为上上月或上月止”."""
    with open_bureau("ningbo", review=Review.AUTOMATIC) as counter:
        clerk = counter.clerk()
        one, other = training.people("ningbo", Role.ACTIVE)[:2]
        done(clerk, "certificate", {"insurance": "pension", "months": "3", "people": other.identity})

        done(clerk, "stop", named(one, stop_date="2024-05-01", reason="222"))

        assert clerk.client.lookup([one.identity])[0].stopped_from == Month(2024, 5)
        values = named(other, stop_date="2024-05-01", reason="222")
        assert refused(clerk, "stop", values) == ["certificate-locks-stop"]
        people = {row["identity"] for row in clerk.client.preview(Month(2024, 5), ALL.split(","))["people"]}
        assert one.identity not in people
        assert other.identity in people


def test_in_ningbo_last_month_is_collected_without_injury_insurance(open_bureau: Opener) -> None:
    with open_bureau("ningbo") as counter:
        clerk, new = counter.clerk(), training.people("ningbo", Role.NEWCOMER)[0]

        done(clerk, "enrol", enrol_values(new, "2024-04-08", wage="6000.00"))

        (row,) = [
            one
            for one in clerk.client.preview(Month(2024, 5), ALL.split(","))["people"]
            if one["identity"] == new.identity
        ]
        assert {(line["month"], line["insurance"]) for line in row["lines"]} == {
            ("2024-04", "pension"),
            ("2024-04", "unemployment"),
            ("2024-05", "pension"),
            ("2024-05", "unemployment"),
            ("2024-05", "injury"),
        }


def test_in_harbin_a_handler_is_changed_at_once(open_bureau: Opener) -> None:
    """Seed 003, Q19: “直接修改经办人电话等相关信息，即时生效”."""
    with open_bureau("harbin") as counter:
        clerk, one = counter.clerk(), training.people("harbin", Role.ACTIVE)[0]

        done(clerk, "handler", named(one, action="add", phone="13800000000"))
        done(clerk, "handler", named(one, action="change", phone="13900000000"))

        with counter.office.database.read() as session:
            assert [row.phone for row in session.query(Handler)] == ["13900000000"]
