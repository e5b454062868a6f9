"""How each bureau behaves by itself: what its pack's ``conduct`` says, on grounds where only that differs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.months import Month
from app.errors import BureauRefused, InputRefused
from app.regions.pack import Conduct, Item, Review, TaxDelay
from app.rules.ground import UnitFacts
from bureau import clock, decisions, tax, tax_counter, training
from bureau import counter as desk
from bureau.case import Case, Outcome, person_of
from bureau.errors import Declined
from bureau.models import Unit
from bureau.registers import TaxVoucher, WageDeclared
from bureau.training import Role
from tests.bureau.conftest import Opener
from tests.support.bureau import Clerk, enrol_values
from tests.support.filing import ALL, ask, done, named, refused
from tests.support.filing import billed as bill_made_by
from tests.support.office import Counter

ACTIVE = training.people("yichang", Role.ACTIVE)
NEWCOMERS = training.people("yichang", Role.NEWCOMER)


@contextmanager
def behaving(open_bureau: Opener, *, expires: bool = True, **conduct: Any) -> Iterator[Counter]:  # noqa: ANN401
    """宜昌 on 2022-08-08, with another conduct; bills that do not expire where ``expires`` is False."""
    with open_bureau(review=Review.AUTOMATIC) as counter:
        region = counter.office.region("yichang")
        payment = region.payment if expires else region.payment._replace(valid_working_days=0)
        changed = region._replace(conduct=Conduct(**conduct), payment=payment)
        counter.office.catalog._loaded["yichang"] = changed
        yield counter


def billed(clerk: Clerk) -> str:
    done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
    return bill_made_by(clerk, "notice", "2022-08")


def carry(counter: Counter, effect: str, **values: str) -> Outcome:
    """Carry out an effect that 宜昌's pack has no item for, as an approved filing would."""
    with counter.office.database.write() as session:
        unit = session.get_one(Unit, training.unit("yichang").number)
        region = counter.office.region("yichang")
        item: Item = region.items["notice"]._replace(id=effect, name=effect, effect=effect)
        return decisions.apply(Case(counter.office, session, region, item, unit, "F1", values, clock.now(session)))


def test_a_certificate_of_this_month_locks_the_stop(open_bureau: Opener) -> None:
    """宁波 (seed 001, 6.4): “当月…打印参保证明后就不能办理中断停保手续，至少缴满一个月，可在次月办理”."""
    with behaving(open_bureau, certificate_locks_stop=True) as counter:
        clerk = counter.clerk()
        one, other = ACTIVE[0], ACTIVE[1]
        done(clerk, "certificate", {"insurance": "pension", "months": "3", "people": one.identity})
        values = named(one, stop_date="2022-07-31", reason="222")

        assert clerk.client.lookup([one.identity])[0].certified_in == Month(2022, 8)
        assert refused(clerk, "stop", values) == ["certificate-locks-stop"]
        done(clerk, "stop", named(other, stop_date="2022-07-31", reason="222"))
        done(clerk, "payment", {"month": "2022-08", "insurances": ALL})
        counter.office.advance(timedelta(days=25))
        done(clerk, "stop", {**values, "stop_date": "2022-08-31"})


def test_without_the_years_wages_no_payment_is_declared(open_bureau: Opener) -> None:
    """宜昌: “从7月1日起，须先完成缴费工资申报后，方可办理单位缴费申报业务” (宜社征发〔2023〕1号 五(四))."""
    with behaving(open_bureau, wages_required_from="07-01") as counter:
        clerk = counter.clerk()
        with counter.office.database.write() as session:
            row = session.query(WageDeclared).filter_by(unit_number=clerk.number).order_by("person_id").first()
            assert row is not None
            lacking = row.person_id
            session.delete(row)
        facts: UnitFacts = clerk.client.unit()[0]
        assert facts.wages_declared_for == 2021
        assert refused(clerk, "payment", {"month": "2022-08", "insurances": ALL}) == ["wages-not-declared"]
        assert any("缴费工资" in row["what"] for row in ask(counter, clerk, "to-do"))

        one = next(one for one in ACTIVE if person_id(counter, one.identity) == lacking)
        done(clerk, "wage", named(one, year="2022", wage="6000.00"))

        assert clerk.client.unit()[0].wages_declared_for == 2022
        done(clerk, "payment", {"month": "2022-08", "insurances": ALL})


def person_id(counter: Counter, identity: str) -> int:
    with counter.office.database.read() as session:
        found = person_of(session, identity)
        assert found is not None
        return found.id


def test_where_the_unit_share_is_not_told_only_the_persons_is(open_bureau: Opener) -> None:
    """宁波 (seed 001, 6.7): “社保部门无法提供单位员工每个人的单位缴费部分金额”."""
    with behaving(open_bureau, unit_share_shown=False) as counter:
        clerk = counter.clerk()
        told = clerk.client.preview(Month(2022, 8), ALL.split(","))
        assert (told["unit_known"], told["unit"]) == (False, "0.00")
        assert {line["unit"] for row in told["people"] for line in row["lines"]} == {"0.00"}

        notice = clerk.client.notice(billed(clerk))

        assert notice.notice.total == Decimal(told["person"])
        assert any("税务" in one for one in notice.notice.notes)
        assert {row["unit"] for row in ask(counter, clerk, "payment-records")} == {""}


def test_injury_insurance_begins_this_month_whatever_the_others_do(open_bureau: Opener) -> None:
    """宁波 (seed 001, 4.3.1): “工伤保险系统默认为当月参保”."""
    with behaving(open_bureau, injury_from_current_month=True) as counter:
        clerk = counter.clerk()
        done(clerk, "enrol", enrol_values(NEWCOMERS[0], "2022-07-01"))

        told = clerk.client.preview(Month(2022, 8), ALL.split(","))

        lines = [line for row in told["people"] if row["identity"] == NEWCOMERS[0].identity for line in row["lines"]]
        assert {line["insurance"] for line in lines if line["month"] == "2022-07"} == {"pension", "unemployment"}


def test_bills_reach_the_tax_office_at_midnight(open_bureau: Opener) -> None:
    """陕西 (seed 003, 四.1): “每天晚上12点交互一次…次日才可以使用”."""
    with behaving(open_bureau, tax_delay=TaxDelay.NIGHTLY, self_service_tax=True) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(hours=14, minutes=58))
        assert ask(counter, clerk, "tax-bills") == []
        with pytest.raises(Declined, match="tax-bill-not-there"):
            carry(counter, "tax-declare", bill=number)

        counter.office.advance(timedelta(minutes=2))

        (bill,) = ask(counter, clerk, "tax-bills")
        assert (bill["number"], bill["state"], bill["note"]) == (number, tax.NOT_DECLARED, "")


def test_a_unit_declares_voids_and_pays_at_the_tax_office_by_itself(open_bureau: Opener) -> None:
    with behaving(open_bureau, self_service_tax=True) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(days=3))
        assert clerk.client.notice(number).state == "open"  # nobody debits by himself
        with pytest.raises(Declined, match="tax-bill-state"):
            carry(counter, "tax-pay", bill=number, way="tripartite")

        carry(counter, "tax-declare", bill=number)
        carry(counter, "tax-void", bill=number)
        carry(counter, "tax-declare", bill=number)
        carry(counter, "tax-pay", bill=number, way="tripartite")

        assert clerk.client.notice(number).state == "paid"
        assert [row["state"] for row in ask(counter, clerk, "tax-records")] == [tax.PAID, tax.VOID]
        with pytest.raises(Declined, match="tax-bill-state"):
            carry(counter, "tax-void", bill=number)


def test_a_bank_voucher_has_a_deadline_and_is_voided_only_at_the_tax_office(open_bureau: Opener) -> None:
    """陕西 (seed 003, 三.3): “作废功能目前只能在局端实现”; a new voucher comes from 缴款 and has a new last day."""
    with behaving(open_bureau, expires=False, self_service_tax=True) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(hours=1))
        carry(counter, "tax-declare", bill=number)

        code = carry(counter, "tax-pay", bill=number, way="voucher").document
        again = carry(counter, "tax-pay", bill=number, way="voucher").document

        (row,) = ask(counter, clerk, "tax-vouchers")
        assert (code is not None, again is not None, row["deadline"]) == (True, True, "2022-08-31")
        for effect in ("tax-void", "notice-revoke"):
            with pytest.raises(Declined, match="tax-voucher-first"):
                carry(counter, effect, bill=number)
        counter.office.advance(timedelta(days=24))
        with pytest.raises(InputRefused):
            tax_counter.pay_voucher(counter.office, row["voucher"])
        tax_counter.void_voucher(counter.office, row["voucher"])
        carry(counter, "tax-pay", bill=number, way="voucher")

        deadlines = {row["state"]: row["deadline"] for row in ask(counter, clerk, "tax-vouchers")}
        assert deadlines == {tax.VOID: "2022-08-31", tax.VOUCHER_OPEN: "2022-09-30"}


def test_a_paid_voucher_pays_the_bill(open_bureau: Opener) -> None:
    with behaving(open_bureau, self_service_tax=True) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(hours=1))
        carry(counter, "tax-declare", bill=number)
        carry(counter, "tax-pay", bill=number, way="voucher")
        with counter.office.database.read() as session:
            (voucher,) = session.query(TaxVoucher.id).one()

        told = tax_counter.pay_voucher(counter.office, voucher)

        assert told["state"] == tax.PAID
        assert [one["state"] for one in told["vouchers"]] == [tax.PAID]
        assert clerk.client.notice(number).state == "paid"


def test_a_debit_that_nobody_knows_the_outcome_of_is_settled_by_hand(open_bureau: Opener) -> None:
    """陕西 (seed 003, 三.3): “若显示实时扣款状态不明锁定，需要在税务局端进行单笔处理”."""
    with behaving(open_bureau, self_service_tax=True) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(hours=1))
        carry(counter, "tax-declare", bill=number)

        tax_counter.lock(counter.office, number)
        for effect, more in (("tax-pay", {"way": "tripartite"}), ("tax-void", {}), ("notice-revoke", {})):
            with pytest.raises(Declined, match="tax-bill-locked"):
                carry(counter, effect, bill=number, **more)
        unpaid = tax_counter.resolve(counter.office, number, paid=False)
        tax_counter.lock(counter.office, number)
        paid = tax_counter.resolve(counter.office, number, paid=True)

        assert (unpaid["state"], paid["state"]) == (tax.DECLARED, tax.PAID)
        assert clerk.client.notice(number).state == "paid"


@pytest.mark.parametrize("lives_on", [True, False])
def test_a_cancelled_bill_lives_on_at_the_tax_office_where_the_pack_says_so(
    open_bureau: Opener, lives_on: bool
) -> None:
    """枣庄 (seed 000, 二.8(15)): “税务会显示有两张单据，缴费时需要格外注意不要选错”."""
    with behaving(open_bureau, cancelled_bill_lives_on=lives_on) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(hours=1))
        done(clerk, "notice-revoke", {"bill": number})
        again = bill_made_by(clerk, "notice", "2022-08")
        counter.office.advance(timedelta(hours=1))

        rows = {row["number"]: (row["state"], row["note"]) for row in ask(counter, clerk, "tax-bills")}

        assert rows[again] == (tax.NOT_DECLARED, "")
        assert rows[number] == (tax.NOT_DECLARED if lives_on else tax.VOID, tax.CANCELLED)
        with pytest.raises(BureauRefused, match="notice-revoked"):
            desk.pay(counter.office, number)


def test_money_is_written_back_no_earlier_than_the_bureau_says(open_bureau: Opener) -> None:
    with behaving(open_bureau, write_back_days=4) as counter:
        clerk = counter.clerk()
        number = billed(clerk)
        counter.office.advance(timedelta(days=20))

        reached = {one["key"]: one["reached_at"][:10] for one in clerk.client.notice(number).stages}

        # Debited on the 9th; four working days later is the 15th, and the distribution comes the night after.
        assert (reached["invoiced"], reached["distributed"]) == ("2022-08-09", "2022-08-16")


def test_what_was_paid_too_much_before_lessens_the_next_bill(open_bureau: Opener) -> None:
    """陕西 (seed 003, 四.3): 待转金 is offset when the plan is made; the tax office is sent what is really paid."""
    with behaving(open_bureau, self_service_tax=True) as counter:
        clerk = counter.clerk()
        full = Decimal(clerk.client.preview(Month(2022, 8), ALL.split(","))["total"])
        with counter.office.database.write() as session:
            session.get_one(Unit, clerk.number).offset_balance = Decimal("100.00")

        notice = clerk.client.notice(billed(clerk)).notice
        counter.office.advance(timedelta(hours=1))

        (row,) = ask(counter, clerk, "tax-bills")
        assert notice.total == full - 100
        assert (row["amount"], row["offset"]) == (f"{full - 100:.2f}", "100.00")
        assert "待转金" not in {one["name"] for one in ask(counter, clerk, "unit-info")}


def test_a_bill_that_is_its_own_declaration_is_undone_with_it(open_bureau: Opener) -> None:
    """枣庄 (seed 000, 二.8(15)): revoke the bill, add the person, make the bill anew."""
    with open_bureau("zaozhuang", review=Review.AUTOMATIC) as counter:
        clerk = counter.clerk()
        new = training.people("zaozhuang", Role.NEWCOMER)[0]
        values = {"month": "2021-11", "insurances": ALL}
        number = bill_made_by(clerk, "payment", **values)
        assert refused(clerk, "enrol", enrol_values(new, "2021-11-01"), "enrol") == ["enrol-after-payment"]

        done(clerk, "notice-revoke", {"bill": number})
        done(clerk, "enrol", enrol_values(new, "2021-11-01"), "enrol")
        again = bill_made_by(clerk, "payment", **values)

        before, after = clerk.client.notice(number).notice, clerk.client.notice(again).notice
        assert (after.people or 0) - (before.people or 0) == 1
        assert {row["number"]: row["note"] for row in ask_later(counter, clerk)} == {number: tax.CANCELLED, again: ""}


def ask_later(counter: Counter, clerk: Clerk) -> list[dict[str, str]]:
    counter.office.advance(timedelta(hours=1))
    return ask(counter, clerk, "tax-bills")
