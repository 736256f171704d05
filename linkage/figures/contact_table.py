"""The “一对一” table as it is shown, printed and taken out: which cells, how they are counted, what stands where no name does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from linkage.figures.contacts import Cell, CellState, cells
from linkage.models import Region


@dataclass(frozen=True)
class Counted:
    """The sentence over a table: cells that need a person, with both posts, with one, without."""

    wanted: int
    full: int
    single: int
    empty: int
    by_unit: tuple[tuple[Region, int], ...]

    @property
    def named(self) -> int:
        return self.full + self.single


def counted(found: Sequence[Cell]) -> Counted:
    """Over cells as `cells` gives them; 本地无此机构, what the prefecture serves and what nobody answers for need no person here."""
    states = [cell.state for cell in found]
    full, single, empty = (states.count(state) for state in (CellState.FULL, CellState.SINGLE, CellState.EMPTY))
    units = {cell.region.pk: cell.region for cell in found}
    gaps = {pk: sum(cell.is_gap for cell in found if cell.region.pk == pk) for pk in units}
    return Counted(full + single + empty, full, single, empty, tuple((units[pk], number) for pk, number in gaps.items() if number))


def shown(chosen: Mapping[str, Any], on: date) -> list[Cell]:
    """The cells that page, sheet and print show for a filter. Six queries at most."""
    regions = [chosen["unit"]] if chosen.get("unit") else list(Region.objects.reporting())
    found = cells(on=on, regions=regions, matters=[chosen["matter"]] if chosen.get("matter") else None)
    if chosen.get("body"):
        found = [cell for cell in found if cell.organisation == chosen["body"]]
    return [cell for cell in found if cell.is_gap] if chosen.get("gaps") else found


def note_of(cell: Cell) -> str:
    """What stands where no name does, in words."""
    liaison = cell.liaison()
    above = f"由地区对接：{liaison.words}" if liaison and liaison.is_above else ""
    words = {
        CellState.EMPTY: "空缺", CellState.UNANSWERED: "没有承办单位", CellState.ABSENT: above or "本地无此机构",
        CellState.ABOVE: above or "由地区对接，地区空缺", CellState.SINGLE: "缺B岗" if cell.a else "缺A岗",
    }  # fmt: skip
    acting = f"现由{liaison.name}代理" if liaison and liaison.acting and not liaison.is_above else ""
    return "；".join(filter(None, [words.get(cell.state, ""), acting]))
