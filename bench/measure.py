"""Taking time, and the row of the table that it becomes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Measure:
    """One line of the table. `value` and `floor` in `unit`; `limit` in the words of the design, `held` when it can be judged."""

    name: str
    value: float
    unit: str
    floor: float | None = None
    floor_words: str = ""
    limit: str = ""
    held: bool | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def seconds(act: Callable[[], Any], rounds: int = 7, warm: int = 1) -> float:
    """Median wall time of `rounds` calls after `warm` calls that do not count."""
    for _ in range(warm):
        act()
    return statistics.median(once(act) for _ in range(rounds))


def once(act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
