"""Statutory retirement age since 2025-01: 全国人大常委会关于实施渐进式延迟法定退休年龄的决定 (2024-09-13), 办法第一条.

Men and women with an old age of 55 are delayed a month for every four months, women with 50 a month for every two, up
to 63, 58 and 55.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from app.domain.identity import Sex
from app.domain.months import Month

if TYPE_CHECKING:
    from collections.abc import Mapping


class Category(StrEnum):
    """Whether a woman retired at 55 (cadre, 管理技术岗位) or at 50 (worker) before; a man's age does not turn on it."""

    CADRE = "cadre"
    WORKER = "worker"


class _Path(NamedTuple):
    old_age: int
    step: int
    cap: int


_PATHS: Mapping[tuple[Sex, Category], _Path] = {
    (Sex.MALE, Category.CADRE): _Path(60, 4, 36),
    (Sex.MALE, Category.WORKER): _Path(60, 4, 36),
    (Sex.FEMALE, Category.CADRE): _Path(55, 4, 36),
    (Sex.FEMALE, Category.WORKER): _Path(50, 2, 60),
}
FIRST_DELAYED = Month(2025, 1)
#: Nobody reaches the statutory age with fewer months behind them, whatever their post.
FEWEST_MONTHS = 12 * min(path.old_age for path in _PATHS.values())


class Retirement(NamedTuple):
    """The month of retirement, the delay in months, and the age then."""

    month: Month
    delay: int
    years: int
    months: int


def retirement(born: Month, sex: Sex, category: Category) -> Retirement:
    """When a person born in ``born`` reaches the statutory age."""
    path = _PATHS[sex, category]
    before = born + path.old_age * 12
    behind = before - FIRST_DELAYED
    delay = 0 if behind < 0 else min(path.cap, behind // path.step + 1)
    years, months = divmod(path.old_age * 12 + delay, 12)
    return Retirement(before + delay, delay, years, months)
