"""The table, on the screen and in docs/performance.md."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from .measure import Measure
from .steps import STEPS

HEAD = ("What", "Measured", "Floor", "× floor", "To hold", "Held")

INTRO = """\
# Performance

Written by `python3 dev.py bench`; design.md §8 names what has to be held. Every number stands beside its floor, measured in the
same run: the bare SQL, the same inserts without checks, the bare writer of a file. Data come from `manage.py seed_scale`. Nothing
here is asserted in a test; that pages ask a constant number of queries is.

- Pages are asked through the whole middleware stack by a logged-in client, median of 5 to 7 calls after a first one that does
  not count; the garbage collector is frozen as in `linkage/wsgi.py`. "queries ≤ 3 × floor" compares the time the page spends in
  the database with bare SQL for the same numbers.
- Submitting runs in eight processes, each with its own connection; they run on the same cores as the database. Memory is the
  growth of a process of its own.
- An import does more than its floor, which only reads and upserts. For 20,000 new rows, in seconds of processor time of client and
  database together (floor 2.4): the check at the door and the child that reads 1.1, judging and staging 1.2, judging again before
  writing about 1.1, writing the projects with a stage row and an audit row each about 2.4. Its memory is that of a process started
  for it alone.
- The weekly workbook is uploaded, looked at and written through its pages; the upload holds the start of the process that reads it.
"""


class Book:
    """The measures of one size, kept as a file from run to run: a step measured anew replaces its former lines."""

    def __init__(self, file: Path, size: str) -> None:
        self.file, self.size, self.load = file, size, os.getloadavg()[0]
        self.lines: dict[str, dict[str, list[dict]]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
        self._begun: set[tuple[str, str]] = set()

    def add(self, engine: str, step: str, measure: Measure) -> None:
        steps = self.lines.setdefault(engine, {})
        if (engine, step) not in self._begun:
            self._begun.add((engine, step))
            steps[step] = []
        steps[step].append(measure.as_dict() | {"on": time.strftime("%Y-%m-%d"), "load": self.load})
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(json.dumps(self.lines, ensure_ascii=False, indent=1), encoding="utf-8")

    def page(self) -> str:
        cores, rows = os.cpu_count() or 1, [row for steps in self.lines.values() for lines in steps.values() for row in lines]
        days = sorted({row["on"] for row in rows})
        words = {"whole": "full size", "middle": "reduced size (`--middle`)"}.get(self.size, self.size)
        load = max(row["load"] for row in rows)
        shared = f"; the machine was shared (load {load:.1f} before we began), so times are upper bounds" if load > cores / 2 else ""
        parts = [INTRO, f"Measured on {days[0]}{f' to {days[-1]}' if len(days) > 1 else ''}, {cores} cores, {words}{shared}.\n"]
        for engine in sorted(self.lines, reverse=True):
            parts.append(f"## {engine}\n\n{table(self._measures(engine))}\n")
        return "\n".join(parts)

    def _measures(self, engine: str) -> list[Measure]:
        steps = self.lines[engine]
        rows = [row for step in STEPS for row in steps.get(step, ())]
        return [Measure(**{name: value for name, value in row.items() if name not in ("on", "load")}) for row in rows]


def table(measures: list[Measure], *, head: bool = True) -> str:
    rows = [f"| {' | '.join(HEAD)} |", "|---|---:|---:|---:|---|---|"] if head else []
    rows += [f"| {' | '.join(_cells(one))} |" for one in measures]
    return "\n".join(rows)


def _cells(one: Measure) -> tuple[str, ...]:
    times = f"{one.value / one.floor:.1f}" if one.floor and one.unit != "reports/s" else f"{one.value / one.floor:.2f}" if one.floor else ""
    floor = f"{_number(one.floor)} {one.unit} ({one.floor_words})" if one.floor is not None else ""
    held = {True: "yes", False: "**no**", None: ""}[one.held]
    name = f"{one.name} ({one.note})" if one.note else one.name
    return name, f"{_number(one.value)} {one.unit}".strip(), floor, times, one.limit, held


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:,.3g}"
