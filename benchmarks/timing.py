"""Time two ways of doing the same, in turn, so that a drifting machine hits both alike."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours against a peer: medians in seconds (or in ``unit``), and the median of the ratios pair by pair."""

    name: str
    peer: str
    ours_seconds: float
    peer_seconds: float
    ratio: float
    rounds: int
    unit: str = "s"

    def __str__(self) -> str:
        return (
            f"{self.name}: {self.ratio:.2f} x {self.peer}"
            f"  ({self.ours_seconds:.3g} {self.unit} / {self.peer_seconds:.3g} {self.unit}, {self.rounds} rounds)"
        )

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "name": self.name,
            "peer": self.peer,
            "ratio": round(self.ratio, 3),
            "ours_seconds": round(self.ours_seconds, 4),
            "peer_seconds": round(self.peer_seconds, 4),
            "rounds": self.rounds,
        }


def compare(
    name: str, ours: Callable[[], object], peer_name: str, peer: Callable[[], object], rounds: int = 5
) -> Ratio:
    """Run both ``rounds`` times in turn after one warm-up of each."""
    ours(), peer()
    pairs = [(_seconds(ours), _seconds(peer)) for _ in range(rounds)]
    return Ratio(
        name=name,
        peer=peer_name,
        ours_seconds=statistics.median(one for one, _ in pairs),
        peer_seconds=statistics.median(other for _, other in pairs),
        ratio=statistics.median(one / other for one, other in pairs),
        rounds=rounds,
    )


def _seconds(function: Callable[[], object]) -> float:
    gc.collect()
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun
