"""What serves each row of the five systems and each entry of the 湖北 menu, and which test runs it.

``python -m app.regions.coverage`` writes docs/coverage.md from the packs, ``resources/coverage.toml`` (what has to be
served) and ``tests/evidence.toml`` (which test runs which kind of item, effect and query). A test keeps them agreeing.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app.regions.catalog import Catalog
from app.regions.pack import Item, Kind, Region
from app.regions.reading import Reader
from app.resources import RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = RESOURCES.parent
ROWS = RESOURCES / "coverage.toml"
EVIDENCE = ROOT / "tests" / "evidence.toml"
PAGE = ROOT / "docs" / "coverage.md"
_KINDS = {Kind.FILING: "办理", Kind.QUERY: "查询", Kind.GUIDE: "指引"}


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that belong together, title by row id."""

    name: str
    rows: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Test ids (``file::function``) by ``region.item``, by kind of item, by effect, and by query."""

    kinds: Mapping[str, str]
    effects: Mapping[str, str]
    queries: Mapping[str, str]
    items: Mapping[str, str] = field(default_factory=dict)

    def of(self, region_id: str, item: Item) -> tuple[str, ...]:
        """The tests that run the item: its own, else those of what it brings about; a guide has only its kind's."""
        own = self.items.get(f"{region_id}.{item.id}")
        shared = [self.effects.get(item.effect), self.queries.get(item.query)]
        found = [one for one in ([own] if own else shared) if one]
        return tuple(found) or tuple(filter(None, [self.kinds.get(item.kind.value)]))

    def all(self) -> frozenset[str]:
        """Every test named."""
        return frozenset((*self.items.values(), *self.kinds.values(), *self.effects.values(), *self.queries.values()))


def groups(path: Path = ROWS) -> tuple[Group, ...]:
    """What has to be served. Raises PackError for a damaged table."""
    with Reader.open(path, path.name) as reader:
        return tuple(_group(one) for one in reader.tables("groups"))


def _group(reader: Reader) -> Group:
    with reader:
        return Group(reader.text("name"), reader.plain("rows"))


def evidence(path: Path = EVIDENCE) -> Evidence:
    """Which test runs what. Raises PackError for a damaged table."""
    with Reader.open(path, path.name) as reader:
        plain = (reader.plain(key) for key in ("kinds", "effects", "queries", "items"))
        return Evidence(*plain)


def serving(regions: Sequence[Region]) -> dict[str, list[tuple[Region, Item]]]:
    """The items that serve each row."""
    found: dict[str, list[tuple[Region, Item]]] = {}
    for region in regions:
        for item in region.items.values():
            for row in item.serves:
                found.setdefault(row, []).append((region, item))
    return found


def document(regions: Sequence[Region], rows: Sequence[Group], tests: Evidence) -> str:
    """docs/coverage.md."""
    served = serving(regions)
    lines = [
        "# 事项覆盖表",
        "",
        "由 `python -m app.regions.coverage` 从 `resources/regions` 生成，不要手改；测试核对它与地区包一致。",
        "“办理”在窗口的“办事”页，命令 `shebao file`；“查询”同页，命令 `shebao query`；",
        "“指引”写明程序不能代办的事到哪里、带什么、怎么办，命令 `shebao guide`。",
        "",
    ]
    for group in rows:
        lines += [
            f"## {group.name}",
            "",
            "| 编号 | 原系统的事项 | 本程序的事项 | 怎样办 | 运行它的测试 |",
            "|---|---|---|---|---|",
        ]
        lines += [_row(row, title, served.get(row, []), tests) for row, title in group.rows.items()]
        lines.append("")
    return "\n".join(lines)


def _row(row: str, title: str, items: Sequence[tuple[Region, Item]], tests: Evidence) -> str:
    names = "；".join(f"{region.name}·{item.name}（`{item.id}`）" for region, item in items)
    how = "；".join(dict.fromkeys(_how(item) for _, item in items))
    ran = "<br>".join(
        f"`{one}`" for one in dict.fromkeys(test for region, item in items for test in tests.of(region.id, item))
    )
    number = row if not row.startswith("湖北:") else ""
    return f"| {number} | {title} | {names} | {how} | {ran} |"


def _how(item: Item) -> str:
    said = _KINDS[item.kind]
    if item.kind is Kind.FILING:
        said += "，可批量" if item.in_batches else ""
        said += "，人工审核" if item.review.value == "manual" else "，自动办结"
    if item.guide is not None and item.guide.form:
        said += "，可打印表"
    return said


def _regions(folder: Path = RESOURCES / "regions") -> Iterator[Region]:
    """All packs. The checks belong to the layer above: here every name that a pack uses is taken as known."""
    items = (tomllib.loads(path.read_text("utf-8")) for path in folder.glob("*/items/*.toml"))
    catalog = Catalog({use["check"] for item in items for use in item.get("checks", ())}, folder)
    return (catalog.region(one) for one in catalog.ids())


def main() -> int:
    """Write docs/coverage.md."""
    PAGE.write_text(document(tuple(_regions()), groups(), evidence()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
