"""What units and people keep up to date by themselves: every change is noted, old and new."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from app.domain.findings import error
from bureau.case import NOTHING
from bureau.errors import Declined
from bureau.registers import BankAccount, Change, Detail, Handler, Rostered

if TYPE_CHECKING:
    from bureau.case import Case, Outcome

REMOVE: Final = "remove"
"""What ``action`` says where something is taken away; anything else adds or changes."""
_NOT_DATA: Final = frozenset({"identity", "name", "reason"})


def personal_data(case: Case) -> Outcome:
    """What is filled in replaces what was kept of the person."""
    person = case.person()
    for field in case.item.fields:
        value = _shown(case, field.key)
        if value and field.key not in _NOT_DATA:
            _keep(case, "person", person.number, person.name, field.key, field.name, value)
    return NOTHING


def unit_data(case: Case) -> Outcome:
    """What is filled in replaces what was kept of the unit."""
    for field in case.item.fields:
        value = _shown(case, field.key)
        if value:
            _keep(case, "unit", case.unit.number, "单位", field.key, field.name, value)
    return NOTHING


def unit_key_data(case: Case) -> Outcome:
    """The same for what turns on other offices; the unit's name changes with it."""
    renamed = case.values.get("unit_name", "")
    if renamed and renamed != case.unit.name:
        _note(case, "单位", "单位名称", case.unit.name, renamed)
        case.unit.name = renamed
    for field in case.item.fields:
        value = _shown(case, field.key)
        if value and field.key != "unit_name":
            _keep(case, "unit", case.unit.number, "单位", field.key, field.name, value)
    return NOTHING


def handler(case: Case) -> Outcome:
    """A handler is added, changed, or taken away. Raises Declined for one that is not there to be taken away."""
    identity = case.values["identity"]
    kept = case.session.get(Handler, (case.unit.number, identity))
    if _removes(case):
        if kept is None:
            raise Declined(error("handler-unknown"))
        _note(case, "经办人", "经办人", kept.name, "")
        case.session.delete(kept)
        return NOTHING
    told = {key: case.values.get(key, "") for key in ("name", "department", "phone", "email")}
    if kept is None:
        _note(case, "经办人", "经办人", "", told["name"])
        case.session.add(Handler(unit_number=case.unit.number, identity=identity, **told))
        return NOTHING
    for key, name in (("name", "姓名"), ("department", "部门"), ("phone", "手机号码"), ("email", "电子邮箱")):
        old = getattr(kept, key)
        if told[key] and told[key] != old:
            _note(case, f"经办人 {kept.name}", name, old, told[key])
            setattr(kept, key, told[key])
    return NOTHING


def bank_account(case: Case) -> Outcome:
    """An account of the unit is added, changed, or taken away. Raises Declined for one that is not there."""
    account = case.values["account"]
    kept = case.session.get(BankAccount, (case.unit.number, account))
    if _removes(case):
        if kept is None:
            raise Declined(error("account-unknown"))
        _note(case, "银行账户", "账号", account, "")
        case.session.delete(kept)
        return NOTHING
    told = {
        "bank": case.values.get("bank", ""),
        "account_name": case.values.get("holder") or case.unit.name,
        "purpose": _shown(case, "use") or "退款银行",
    }
    if kept is None:
        _note(case, "银行账户", "账号", "", account)
        case.session.add(BankAccount(unit_number=case.unit.number, account=account, **told))
        return NOTHING
    for key, name in (("bank", "开户银行"), ("account_name", "户名"), ("purpose", "用途")):
        old = getattr(kept, key)
        if told[key] != old:
            _note(case, f"银行账户 {account}", name, old, told[key])
            setattr(kept, key, told[key])
    return NOTHING


def project_enrol(case: Case) -> Outcome:
    """A person goes on a project's roster. Raises Declined for somebody who is on it."""
    since = date.fromisoformat(case.values["start"])
    if _on_roster(case) is not None:
        raise Declined(error("on-roster-already", person=case.values.get("name", "")))
    row = Rostered(
        unit_number=case.unit.number,
        project=case.values["project"],
        identity=case.values["identity"],
        name=case.values.get("name", ""),
        since=since,
    )
    case.session.merge(row)
    return NOTHING


def project_stop(case: Case) -> Outcome:
    """A person leaves a project's roster after ``stop_date``. Raises Declined for somebody who is not on it."""
    row = _on_roster(case)
    until = date.fromisoformat(case.values["stop_date"])
    if row is None or until < row.since:
        raise Declined(error("not-on-roster"))
    row.until = until
    return NOTHING


def kept_data(case: Case) -> Outcome:
    """What is filled in replaces what was kept of the project or person it names; both can be asked for.

    The sources name these items (登记, 信息变更, 账户变更, 暂停 …) and show no more of them than that.
    """
    project, person = case.values.get("project", ""), case.values.get("identity", "")
    about = f"项目 {project}" if project else case.values.get("name", "") or person
    for field in case.item.fields:
        if field.key in ("project", "identity", "name") or not case.values.get(field.key):
            continue
        # A project has one set of data whatever item told it; what is told of a person belongs to the item.
        key, name = (field.key, field.name) if project else (f"{case.item.id}.{field.key}", case.item.name)
        shown = _shown(case, field.key)
        value = shown if project else f"{field.name} {shown}"
        _keep(
            case, "project" if project else "told", f"{case.unit.number}/{project or person}", about, key, name, value
        )
    return NOTHING


def record(case: Case) -> Outcome:  # noqa: ARG001 - like every effect
    """Kept and reviewed; nothing else changes."""
    return NOTHING


def _on_roster(case: Case) -> Rostered | None:
    mine = select(Rostered).where(
        Rostered.unit_number == case.unit.number,
        Rostered.project == case.values["project"],
        Rostered.identity == case.values["identity"],
        Rostered.until.is_(None),
    )
    return case.session.scalar(mine)


def _shown(case: Case, key: str) -> str:
    """A value in words: what a code stands for, where the field has a table."""
    value = case.values.get(key, "")
    field = next((one for one in case.item.fields if one.key == key), None)
    table = case.region.tables.get(field.table or "") if field is not None else None
    return table.entries.get(value, value) if table is not None else value


def _removes(case: Case) -> bool:
    return case.values.get("action", "") == REMOVE


def _keep(case: Case, owner: str, owner_id: str, about: str, key: str, name: str, value: str) -> None:
    kept = case.session.get(Detail, (owner, owner_id, key))
    if kept is None:
        case.session.add(Detail(owner=owner, owner_id=owner_id, key=key, name=name, value=value))
        _note(case, about, name, "", value)
    elif kept.value != value:
        _note(case, about, name, kept.value, value)
        kept.value = value
    case.session.flush()


def _note(case: Case, about: str, name: str, old: str, new: str) -> None:
    case.session.add(
        Change(
            unit_number=case.unit.number,
            about=about,
            name=name,
            old=old,
            new=new,
            filing_id=case.filing_id,
            at=case.now,
        )
    )
    case.session.flush()
