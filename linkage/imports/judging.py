"""One verdict per row, and rows on their way into and out of staging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from linkage import jobs
from linkage.excel import CellProblem
from linkage.models import ImportRow, Job, RowVerdict

from .base import ImportKind, Row, Verdict, as_dicts, decode, encode

BATCH = 500
ALWAYS_COUNTED = (RowVerdict.NEW, RowVerdict.CHANGED, RowVerdict.UNCHANGED, RowVerdict.ERROR)


def judge(work: jobs.Work, kind: ImportKind, rows: list[Row], at: datetime) -> tuple[Any, list[Verdict]]:
    """The context, and one verdict per row in their order. Rows with unreadable cells are errors without further questions."""
    context = kind.begin(work.by, at, [row for row in rows if not row.problems and not row.skipped])
    verdicts: list[Verdict] = []
    first_seen: dict[Any, Row] = {}
    for done, row in enumerate(rows):
        work.progress(done, len(rows), "正在核对")
        if row.skipped:
            verdicts.append(Verdict(RowVerdict.SKIPPED, label=_label_of(row)))
        elif row.problems:
            verdicts.append(Verdict.error(*row.problems, label=_label_of(row)))
        else:
            key = kind.key(row.values) if kind.key else None
            first = first_seen.setdefault(key, row) if key is not None else row
            verdicts.append(kind.check_row(row, context) if first is row else _repeated(row, first))
    return context, verdicts


def _repeated(row: Row, first: Row) -> Verdict:
    key = "name" if "name" in row.letters else next(iter(row.letters or row.values))
    where = f"工作表“{first.sheet}”第 {first.number} 行" if first.sheet != row.sheet else f"第 {first.number} 行"
    return Verdict.error(row.problem(key, f"与{where}是同一条，表中只能出现一次。请删去其中一行。"), label=_label_of(row))


def _label_of(row: Row) -> str:
    if name := row.values.get("name"):
        return str(name)
    return next((value for value in row.values.values() if isinstance(value, str)), "")


# -- staging --------------------------------------------------------------------------------------------------------------


def staging(job: Job, row: Row, verdict: Verdict) -> ImportRow:
    doubts = [{"key": "", "cell": "", "header": "", "value": "", "message": row.skipped}] if row.skipped else as_dicts(row.doubts)
    return ImportRow(
        job=job, sheet=row.sheet, number=row.number, verdict=verdict.kind, label=(verdict.label or _label_of(row))[:120],
        raw=encode(row.values), values=encode(verdict.data), differences=as_dicts(verdict.differences),
        problems=as_dicts(verdict.problems), doubts=doubts, assumed=sorted(row.assumed),
    )  # fmt: skip


def stage(work: jobs.Work, staged: list[ImportRow]) -> None:
    """Replace the job's staging rows."""
    with transaction.atomic():
        work.hold(jobs.LEASE_MINUTES)
        ImportRow.objects.filter(job=work.job).delete()
        ImportRow.objects.bulk_create(staged, batch_size=BATCH)


def restored(
    kept: Iterable[ImportRow], letters: Iterable[tuple[str, int, dict[str, str]]], headers: dict[str, str], free: bool
) -> list[Row]:
    """Rows as they were read, from staging. `letters`: sheet, from which row on, letter by field."""
    starts: dict[str, list[tuple[int, dict[str, str]]]] = {}
    for sheet, number, by_field in letters:
        starts.setdefault(sheet, []).append((number, by_field))
    return [
        Row(
            one.number, decode(one.raw), _letters_at(starts.get(one.sheet, []), one.number), headers, one.sheet,
            doubts=() if one.verdict == RowVerdict.SKIPPED else _problems(one.doubts), assumed=frozenset(one.assumed),
            skipped=one.doubts[0]["message"] if one.verdict == RowVerdict.SKIPPED else "", free=free,
        )
        for one in kept
    ]  # fmt: skip


def _letters_at(starts: list[tuple[int, dict[str, str]]], number: int) -> dict[str, str]:
    return next((by_field for start, by_field in reversed(starts) if start <= number), {})


def _problems(kept: list[dict[str, str]]) -> tuple[CellProblem, ...]:
    return tuple(CellProblem(**one) for one in kept)


# -- words ----------------------------------------------------------------------------------------------------------------


def counted(verdicts: Iterable[str]) -> dict[str, int]:
    """How many rows of each verdict; those that only messy tables know are left out when there are none."""
    found = Counter(verdicts)
    return {str(value): found.get(value, 0) for value in RowVerdict.values if value in ALWAYS_COUNTED or found.get(value)}


def words_of(counts: Mapping[str, int]) -> str:
    parts = "，".join(f"{RowVerdict(value).label} {number}" for value, number in counts.items())
    return f"共 {sum(counts.values())} 行：{parts}。"
