"""Layout files: all shipped ones load and name their source; a wrong one is refused by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.documents import Origin, load_layout
from app.regions.pack_errors import PackError
from tests.documents.samples import RESOURCES

SHIPPED = sorted([*RESOURCES.glob("documents/*.toml"), *RESOURCES.glob("regions/*/documents/*.toml")])
GOOD = """
document = "certificate"
title = "证明"
source = "样例"
origin = "own"

[[blocks]]
kind = "table"
rows = "persons"
per_page = 5

[[blocks.columns]]
head = ["姓名"]
text = "{name}"
width = 10

[[blocks.above]]
cells = [{ text = "截至{month}" }]
"""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "/".join(path.parts[-3:]))
def test_every_shipped_layout_loads_and_one_of_our_own_says_so(path: Path) -> None:
    layout = load_layout(path)
    assert layout.source.startswith("自拟式样") == (layout.origin is Origin.OWN)
    assert layout.blocks


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('source = "样例"', "", "source", "key-missing"),
        ('origin = "own"', 'origin = "own"\nstampp = 1', "stampp", "unknown-key"),
        ('rows = "persons"', 'rows = "people"', "blocks[1].rows", "no-such-rows"),
        ("width = 10", "width = 10\nwidht = 3", "blocks[1].columns[1].widht", "unknown-key"),
        ("{name}", "{nmae}", "blocks[1].columns[1].text", "no-such-value"),
        ("{name}", "{name:wrods}", "blocks[1].columns[1].text", "broken-text"),
        ("{name}", "{name", "blocks[1].columns[1].text", "broken-text"),
        ("{month}", "{name}", "blocks[1].above[1].cells[1].text", "no-such-value"),
        ("cells = [{", 'cells = [{ text = "" }, {', "blocks[1].above[1].cells", "spans-do-not-fill-the-row"),
        ('kind = "table"', 'kind = "tabel"', "blocks[1].kind", "not-a-choice"),
        ("per_page = 5", "fill = true", "blocks[1].fill", "needs-per-page"),
        ('head = ["姓名"]', "head = []", "blocks[1].columns[1].head", "key-missing"),
    ],
)
def test_a_wrong_layout_is_refused_by_file_and_key(tmp_path: Path, old: str, new: str, key: str, reason: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(GOOD, encoding="utf-8")
    load_layout(path)
    assert GOOD.count(old) == 1
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_layout(path)
    assert refused.value.file.endswith("/wrong.toml")
    assert (refused.value.key, refused.value.reason) == (key, reason)
