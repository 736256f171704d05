"""Lines of one key: which of the file are those we have, which contradict them, which are new.

A key may have several lines (one voucher paid from several budget lines), and an export may give them in any order: therefore
they are told by what they say, and numbers of lines are only given to new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from .cleaning import same


class Fate(StrEnum):
    SAME = "same"
    CONFLICT = "conflict"
    NEW = "new"
    TWICE = "twice"


class Standing(NamedTuple):
    """A line that stands with us."""

    pk: int
    line: int
    content: tuple[str, ...]
    is_gone: bool = False


@dataclass(frozen=True)
class Outcome:
    """What becomes of one line of the file. `standing` is the line it is or contradicts, `line` the number of a new one."""

    fate: Fate
    standing: Standing | None = None
    line: int = 0


def settle_lines(standing: Sequence[Standing], lines: Sequence[tuple[str, ...]], *, numbered: bool = True) -> list[Outcome]:
    """One outcome per line of the file, in its order.

    Settled lines come out as SAME again, in whatever order they come. A line of a `numbered` key that says the same as
    another one of the file is TWICE, unless both stand already; without a number, lines alike are told apart by counting.
    """
    free = list(standing)
    found: list[Outcome | None] = [None] * len(lines)
    for exact in (True, False):
        for index, line in enumerate(lines):
            if found[index] is None and (hit := _first(free, line, exact)) is not None:
                free.remove(hit)
                found[index] = Outcome(Fate.SAME, hit)
    seen: list[tuple[str, ...]] = [lines[index] for index, outcome in enumerate(found) if outcome]
    next_line = max((one.line for one in standing), default=0) + 1
    for index, line in enumerate(lines):
        if found[index] is not None:
            continue
        if numbered and line in seen:
            found[index] = Outcome(Fate.TWICE, line=next_line)
            next_line += 1
            continue
        seen.append(line)
        if free:
            found[index] = Outcome(Fate.CONFLICT, free.pop(0))
        else:
            found[index] = Outcome(Fate.NEW, line=next_line)
            next_line += 1
    return [outcome for outcome in found if outcome is not None]


def _first(free: Sequence[Standing], line: tuple[str, ...], exact: bool) -> Standing | None:
    """A standing line that says this; those that have not vanished first."""
    fitting = [one for one in free if (one.content == line if exact else same(one.content, line))]
    return min(fitting, key=lambda one: (one.is_gone, one.line), default=None)
