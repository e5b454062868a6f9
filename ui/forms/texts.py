"""How the canonical value of a field is shown and chosen from, by its type."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from app.domain.money import shown
from app.regions.pack import FieldType
from ui.parts.text import masked

if TYPE_CHECKING:
    from app.regions.pack import Field, Item, Region

YES, NO = "是", "否"
_FLAGS = (("1", YES), ("0", NO))


class Texts:
    """Texts for the fields of one item."""

    def __init__(self, region: Region, item: Item) -> None:
        self.region = region
        self.item = item
        self._names = {one.key: dict(self.choices(one)) for one in item.fields}
        self._shorts = {one.id: one.short for one in region.insurances}

    def choices(self, field: Field) -> tuple[tuple[str, str], ...]:
        """Value and name of everything the field can hold, where it is chosen from a list."""
        if field.type is FieldType.CODE and field.table:
            return tuple(self.region.tables[field.table].entries.items())
        if field.type is FieldType.FLAG:
            return _FLAGS
        if field.type is FieldType.INSURANCES:
            return tuple((one.id, one.short) for one in self.region.insurances)
        return ()

    @property
    def way(self) -> str:
        """Where the item stands in the region's menu, and its name, said once where the menu ends with it."""
        menu = self.item.menu
        name = () if menu and menu[-1] == self.item.name else (self.item.name,)
        return " › ".join((self.region.name, *menu, *name))

    def text(self, field: Field, value: str, *, whole: bool = True) -> str:
        """The value as the clerk reads it; what is no canonical value stands as it was typed."""
        if not value:
            return ""
        if field.type is FieldType.INSURANCES:
            return "、".join(self._shorts.get(one, one) for one in value.split(","))
        if field.type is FieldType.MONEY:
            return _money(value)
        if field.type is FieldType.IDENTITY and not whole:
            return masked(value)
        return self._names[field.key].get(value, value)


def _money(value: str) -> str:
    try:
        return shown(Decimal(value))
    except InvalidOperation:
        return value
