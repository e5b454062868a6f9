"""How a file was read, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.workflows.intake import FromFile


def mapping_of(source: FromFile) -> tuple[str, str, tuple[str, ...], str]:
    """How a file was read, in one line, the rest for the tool tip, the sheets it could be read from, and the chosen."""
    checked = source.checked
    table = checked.table
    words = f"{source.path.name} · 工作表“{table.sheet.name}” · 表头第 {table.header + 1} 行 · {len(source.lines)} 人"
    tips = []
    if table.missing:
        words += f" · 缺少必填的列：{'、'.join(one.name for one in table.missing)}"
    if table.unused:
        names = [name for _, name in table.unused]
        words += f" · 未用到的列：{'、'.join(names[:4])}{' 等' if len(names) > 4 else ''}"
        tips.append(f"未用到的列：{'、'.join(names)}")
    if checked.skipped:
        words += f" · 跳过 {len(checked.skipped)} 行"
        reasons = {
            "hint": "填写说明",
            "closing": "合计或落款",
            "example": "示例",
            "header": "重复的表头",
            "note": "没有人员的行",
            "other-table": "另一张表",
        }
        tips += [f"第 {row} 行：{reasons.get(why, why)}" for row, why in checked.skipped]
    return words, "\n".join(tips), source.sheets, table.sheet.name
