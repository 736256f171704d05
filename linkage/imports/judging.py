"""One verdict per row, and rows on their way into and out of staging."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Q

from linkage import bulk, jobs
from linkage.excel import CellProblem
from linkage.models import DECIDED, ImportRow, Job, RowVerdict

from . import feeds
from .base import ImportKind, Row, Verdict, as_dicts, decode, encode

T = TypeVar("T")
BATCH = 500
PORTION = 1_000  # rows in memory at a time
ALWAYS_COUNTED = (RowVerdict.NEW, RowVerdict.CHANGED, RowVerdict.UNCHANGED, RowVerdict.ERROR)


@dataclass
class Judging:
    """Verdicts for the rows of one file, portion by portion in their order; what was looked up goes with it to the writing."""

    work: jobs.Work
    kind: ImportKind
    at: datetime
    context: Any = None
    done: int = 0
    _first_seen: dict[Any, tuple[str, int]] = field(default_factory=dict)

    def portions(self, rows: Iterable[T]) -> Iterator[list[T]]:
        """A kind that cannot look up portion by portion gets all rows as one."""
        source = iter(rows)
        while portion := list(islice(source, PORTION if self.kind.look_up else None)):
            yield portion

    def judge(self, rows: list[Row], total: int) -> list[Verdict]:
        """One verdict per row. Rows with unreadable cells are errors without further questions."""
        self._look_up([row for row in rows if not row.problems and not row.skipped])
        verdicts = []
        for row in rows:
            self.work.progress(self.done, total, "正在核对")
            self.done += 1
            verdicts.append(self._verdict(row))
        return verdicts

    def _look_up(self, rows: list[Row]) -> None:
        if self.kind.look_up is None:
            self.context = self.kind.begin(self.work.by, self.at, rows)
            return
        if self.context is None:
            self.context = feeds.begin(self.work, self.kind, self.at) if self.kind.feed else self.kind.begin(self.work.by, self.at, [])
        self.kind.look_up(self.context, rows)

    def _verdict(self, row: Row) -> Verdict:
        if row.skipped:
            return Verdict(RowVerdict.SKIPPED, label=_label_of(row))
        if row.problems:
            return Verdict.error(*row.problems, label=_label_of(row))
        key = self.kind.key(row.values) if self.kind.key else None
        first = self._first_seen.setdefault(key, row.place) if key is not None else row.place
        return self.kind.check_row(row, self.context) if first == row.place else _repeated(row, *first)


def _repeated(row: Row, sheet: str, number: int) -> Verdict:
    key = "name" if "name" in row.letters else next(iter(row.letters or row.values))
    where = f"工作表“{sheet}”第 {number} 行" if sheet != row.sheet else f"第 {number} 行"
    differs = "；确是两个的，请在名称里写明区别" if row.free else ""
    return Verdict.error(row.problem(key, f"与{where}是同一条，表中只能出现一次。请删去其中一行{differs}。"), label=_label_of(row))


def _label_of(row: Row) -> str:
    if "name" in row.values:
        return str(row.values["name"] or "")  # a missing name is not called by its county
    return next((value for value in row.values.values() if isinstance(value, str)), "")


# -- staging --------------------------------------------------------------------------------------------------------------


class Kept(NamedTuple):
    """A staging row as it is read again."""

    pk: int
    sheet: str
    number: int
    verdict: str
    raw: dict[str, Any]
    values: dict[str, Any]
    differences: list[dict[str, str]]
    wanted: bool
    doubts: list[dict[str, str]] = []
    assumed: list[str] = []


OF_TEMPLATE = Kept._fields[:-2]
_COLUMNS = ("job_id", "sheet", "number", "verdict", "label", "raw", "values", "differences", "problems", "doubts", "assumed", "wanted")


def clear(work: jobs.Work) -> None:
    """Drop the job's staging rows."""
    with transaction.atomic():
        work.hold(jobs.LEASE_MINUTES)
        ImportRow.objects.filter(job=work.job).delete()


def stage(work: jobs.Work, rows: Sequence[Row], verdicts: Sequence[Verdict], wanted: Iterable[bool] = ()) -> None:
    """Add rows to the job's staging, in the order of the file; `wanted` where something is proposed to the person."""
    pairs = zip(rows, verdicts, chain(wanted, repeat(False)), strict=False)
    made = [_staging(work.job, row, verdict, wanted=proposed) for row, verdict, proposed in pairs]
    with transaction.atomic():
        work.hold(jobs.LEASE_MINUTES)
        bulk.insert(ImportRow, _COLUMNS, made)


def stage_again(work: jobs.Work, found: Sequence[tuple[Kept, Row, Verdict]]) -> None:
    """Rows that have become something else, in their old place."""
    made = [
        (*_staging(work.job, row, verdict, wanted=old.wanted and verdict.kind in DECIDED), old.pk) for old, row, verdict in found
    ]
    with transaction.atomic():
        work.hold(jobs.LEASE_MINUTES)
        for start in range(0, len(found), BATCH):
            ImportRow.objects.filter(pk__in=[old.pk for old, _, _ in found[start : start + BATCH]]).delete()
        bulk.insert(ImportRow, (*_COLUMNS, "id"), made)


def _staging(job: Job, row: Row, verdict: Verdict, *, wanted: bool) -> tuple[Any, ...]:
    doubts = [{"key": "", "cell": "", "header": "", "value": "", "message": row.skipped}] if row.skipped else as_dicts(_beside(row, verdict))
    return (
        job.pk, row.sheet, row.number, str(verdict.kind), (verdict.label or _label_of(row))[:120], encode(row.values), encode(verdict.data),
        as_dicts(verdict.differences), as_dicts(verdict.problems), doubts, sorted(row.assumed), wanted,
    )  # fmt: skip


def kept_rows(job: Job, condition: Q, columns: Sequence[str] = Kept._fields) -> Iterator[tuple]:
    """Staging rows in the order of the file, a portion of them in memory at a time; the first column is the pk."""
    rows, last = ImportRow.objects.filter(condition, job=job).order_by("pk").values_list(*columns), 0
    while portion := list(rows.filter(pk__gt=last)[:PORTION]):
        yield from portion
        last = portion[-1][0]


def restored(
    kept: Iterable[Kept], letters: Iterable[tuple[str, int, dict[str, str]]], headers: dict[str, str], free: bool
) -> list[Row]:
    """Rows as they were read, from staging; those that are no data have no place here. `letters`: sheet, from which row on,
    letter by field."""
    starts: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for sheet, number, by_field in letters:
        starts.setdefault(sheet, []).append((number, by_field))
    return [
        Row(
            one.number, decode(one.raw), _letters_at(starts.get(one.sheet, []), one.number), headers, one.sheet,
            doubts=_problems(one.doubts), assumed=frozenset(one.assumed), free=free,
        )
        for one in kept
    ]  # fmt: skip


def _letters_at(starts: list[tuple[int, dict[str, str]]], number: int) -> dict[str, str]:
    return next((by_field for start, by_field in reversed(starts) if start <= number), {})


def _beside(row: Row, verdict: Verdict) -> list[CellProblem]:
    """What is to be looked at, without cells of which it is already said that they must be repaired."""
    wrong = {(problem.key, problem.cell) for problem in verdict.problems}
    return [doubt for doubt in row.doubts if (doubt.key, doubt.cell) not in wrong]


def _problems(kept: list[dict[str, str]]) -> tuple[CellProblem, ...]:
    return tuple(CellProblem(**one) for one in kept)


# -- words ----------------------------------------------------------------------------------------------------------------


def counted(found: Mapping[str, int]) -> dict[str, int]:
    """How many rows of each verdict; those that only messy tables know are left out when there are none."""
    return {str(value): found.get(value, 0) for value in RowVerdict.values if value in ALWAYS_COUNTED or found.get(value)}


def words_of(counts: Mapping[str, int]) -> str:
    parts = "，".join(f"{RowVerdict(value).label} {number}" for value, number in counts.items())
    return f"共 {sum(counts.values())} 行：{parts}。"
