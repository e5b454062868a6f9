"""What is about to be sealed, as one value: the sentence, the table of it, and the work that does it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.filings import Filing
from app.regions.pack import FieldType, Subject
from app.workflows import drafts, submit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.bureau_api.client import Bureau
    from app.domain.progress import Progress
    from app.regions.pack import Item, Region
    from app.workflows.desk import Desk
    from app.workflows.login import Signer
    from app.workflows.session import Session
    from app.workflows.submit import Submitted
    from ui.forms.texts import Texts

    Work = Callable[[Session, Bureau, Signer, Progress], Submitted]


#: Effects by which money leaves the unit's account.
PAYING = frozenset(("tax-pay",))


def name_of(filing: Filing) -> str:
    """Whom a filing speaks of."""
    return filing.values.get("name") or "—"


@dataclass(frozen=True)
class Offer:
    """``action`` is what the button says, ``head`` and ``rows`` the table, ``counted`` what is counted: 人 or 笔.

    ``afresh``: the PIN is asked for again even where the key is logged in (安全认证 before money moves).
    ``amounts`` are the columns that hold amounts, ``named`` says what a filing is called among the results.
    """

    action: str
    sentence: str
    irreversible: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    work: Work
    counted: str = "人"
    amounts: frozenset[int] = frozenset()
    named: Callable[[Filing], str] = name_of
    afresh: bool = False


def offer_of(desk: Desk, region: Region, item: Item, filings: Sequence[Filing], texts: Texts) -> Offer:
    """Submitting drafts of one item: one by its own sentence, many by their number."""
    first = filings[0]
    head: tuple[str, ...] = ("项目", "内容")
    rows: tuple[tuple[str, ...], ...] = ()
    amounts: frozenset[int] = frozenset()
    if len(filings) == 1:
        sentence = drafts.confirmation(region, item, first)
        rows = tuple(_facts(item, first, texts))
    else:
        sentence = f"{region.name} · {item.name}：提交 {len(filings)} 人{item.business}。"
        shown = [one for one in item.fields if one.required]
        head = tuple(f"{one.name}（元）" if one.type is FieldType.MONEY else one.name for one in shown)
        amounts = frozenset(at for at, one in enumerate(shown) if one.type is FieldType.MONEY)
        rows = tuple(
            tuple(texts.text(one, filing.values.get(one.key, ""), whole=False) for one in shown) for filing in filings
        )
    ids = [one.id for one in filings]

    def work(session: Session, bureau: Bureau, signer: Signer, progress: Progress) -> Submitted:
        return submit.submit(desk, bureau, session, signer, [desk.filings.get(one) for one in ids], progress)

    action = action_of(item, len(filings))
    if item.subject is Subject.UNIT:
        named = functools.partial(_of_unit, item.business)
        afresh = item.effect in PAYING
        return Offer(action, sentence, item.irreversible, head, rows, work, "笔", amounts, named, afresh)
    return Offer(action, sentence, item.irreversible, head, rows, work, amounts=amounts)


def action_of(item: Item, count: int) -> str:
    """The words on the button."""
    return f"提交{item.business}" if item.subject is Subject.UNIT else f"提交 {count} 人{item.business}"


def _of_unit(business: str, _: Filing) -> str:
    return business


def _facts(item: Item, filing: Filing, texts: Texts) -> list[tuple[str, str]]:
    facts = [
        (field.name, texts.text(field, filing.values[field.key]))
        for field in item.fields
        if filing.values.get(field.key)
    ]
    slots = {slot.key: slot.name for slot in item.attachments}
    return facts + [(slots.get(one.slot, one.slot), one.name) for one in filing.attachments]
