"""The two phases of an import: read and check into staging; judge once more and write in one transaction.

Rows pass through in portions (`judging.PORTION`): neither phase holds a long sheet as a whole, and a sheet of 20,000 rows needs
little more memory than one of 5,000.
"""

from __future__ import annotations

import gc
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count, Q

from linkage import access, audit, bulk, jobs, periods
from linkage.errors import Refusal
from linkage.excel import reading
from linkage.excel.streaming import stream_apart
from linkage.models import ImportRow, ImportTrace, RowVerdict

from . import feeds, tables
from .base import GONE, ImportKind, Row, Staged, Verdict, Written, as_dicts, decode, encode, kind_of
from .judging import OF_TEMPLATE, Judging, Kept, clear, counted, kept_rows, restored, stage, stage_again, words_of
from .remembered import remember

NEW, CHANGED = RowVerdict.NEW, RowVerdict.CHANGED
_NO_DATA = Q(verdict__in=[RowVerdict.ERROR, RowVerdict.SKIPPED])
_AS_NEW = Q(verdict=NEW) | Q(verdict=RowVerdict.SUSPECT, wanted=True)
_AS_CHANGE = Q(verdict=CHANGED) | Q(verdict__in=[RowVerdict.CONFLICT, RowVerdict.GONE], wanted=True)


def _kind(work: jobs.Work) -> ImportKind:
    kind = kind_of(work.params["kind"])
    if kind is None:
        raise Refusal("系统不认识这种导入表，请重新选择后上传。")
    if not access.may(work.by, kind.permission):
        raise Refusal(f"您的岗位现在不能导入{kind.title}，未写入任何数据。")
    return kind


@contextmanager
def _many_objects() -> Iterator[None]:
    """A sheet becomes a hundred thousand objects that all live to the end: without the collector looking for cycles among
    them again and again it takes a third less time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# -- checking -------------------------------------------------------------------------------------------------------------


@_many_objects()
def check(work: jobs.Work) -> dict[str, Any]:
    """Read the file and judge every row; nothing but staging (and the person's mapping) is written."""
    kind, at = _kind(work), periods.now()
    clear(work)
    try:
        rows, total, result = _rows(work, kind, at)
        if result.get("asks"):
            return result
        judging, found = Judging(work, kind, at), Counter[str]()
        for portion in judging.portions(rows):
            verdicts = judging.judge(portion, total)
            stage(work, portion, verdicts)
            found.update(verdict.kind for verdict in verdicts)
        if kind.feed is not None and judging.context is not None:
            missing = kind.feed.missing(judging.context)
            stage(work, [row for row, _, _ in missing], [verdict for _, verdict, _ in missing], [proposed for _, _, proposed in missing])
            found.update(verdict.kind for _, verdict, _ in missing)
            result["summary"] = kind.feed.summary(judging.context)
    except jobs.Stopped:
        raise  # whoever took the job over has staging rows of its own
    except BaseException:
        clear(work)
        raise
    counts = counted(found)
    return {"counts": counts, "message": words_of(counts), **result}


def _rows(work: jobs.Work, kind: ImportKind, at: datetime) -> tuple[Iterable[Row], int, dict[str, Any]]:
    if kind.feed is not None:
        return feeds.rows(work, kind)
    return _free_rows(work, kind, at) if work.params.get("free") else _template_rows(work, kind)


def _template_rows(work: jobs.Work, kind: ImportKind) -> tuple[Iterator[Row], int, dict[str, Any]]:
    """Rows one after the other as they are read, how many, and what is known of the file."""
    template, headers = kind.template(work.by), _headers(kind, work.by)
    with work.job.source_file.file.open("rb") as file:
        if settings.READ_APART:
            seconds = work.params.get("seconds", tables.SECONDS)
            portions = stream_apart(file, seconds=seconds, template=template, max_rows=work.params["max_rows"])
        else:
            portions = reading.read_portions(file, template, max_rows=work.params["max_rows"])
        head = next(portions)
    rows = (Row(row.number, row.values, head.letters, headers, problems=tuple(row.problems)) for portion in portions for row in portion)
    return rows, head.rows, {"notes": list(head.notes), "sheet": head.sheet, "letters": [["", 0, head.letters]]}


def _free_rows(work: jobs.Work, kind: ImportKind, at: datetime) -> tuple[Iterable[Row], int, dict[str, Any]]:
    assert kind.any_tables is not None
    with tables.naming(work.job.source_file.name):
        found = tables.look(work, kind)
    result = tables.described(found) | {"notes": tables.notes_of(found, kind.any_tables.fields)}
    if found.asks:
        return [], 0, result | {"counts": {}, "message": "".join(found.why[:3])}
    remember(work, kind, found, at)
    rows = kind.any_tables.rows(work.by, found.chosen, found.answers, at)
    letters = _letters_of(rows)
    return rows, len(rows), result | {"letters": letters, "sheet": "、".join(dict.fromkeys(one.sheet for one in found.chosen))}


def _letters_of(rows: list[Row]) -> list[list[Any]]:
    """[sheet, from which row on, letters]: where the columns change from one table to the next."""
    found: list[list[Any]] = []
    for row in rows:
        if row.letters and not (found and found[-1][0] == row.sheet and found[-1][2] == row.letters):
            found.append([row.sheet, row.number, row.letters])
    return found


def _headers(kind: ImportKind, by) -> dict[str, str]:
    return {column.key: column.header for column in kind.fields(by)}


# -- writing --------------------------------------------------------------------------------------------------------------


@_many_objects()
def apply(work: jobs.Work) -> dict[str, Any]:
    """Judge once more, then write everything or nothing. What changed meanwhile goes back to the person instead."""
    kind, at = _kind(work), periods.now()
    if _counts(work).get(RowVerdict.ERROR, 0) != work.job.result.get("left_out", 0):
        raise Refusal("表中还有须改正的行，未写入任何数据。请改正后重新上传。")
    judging = Judging(work, kind, at)
    if moved := judge_again(work, judging):
        counts = counted(_counts(work))
        words = f"核对之后有 {moved} 行的情况变了，尚未写入。请再看一遍后确认。{words_of(counts)}"
        return {"counts": counts, "message": words}
    _write(work, judging)
    return {}


def _counts(work: jobs.Work) -> dict[str, int]:
    rows = ImportRow.objects.filter(job=work.job).order_by()
    return dict(rows.values_list("verdict").annotate(Count("pk")))


def judge_again(work: jobs.Work, judging: Judging) -> int:
    """How many rows are no longer what the person saw; they stand in staging as what they have become. Rows in error stay."""
    moved, kind = 0, judging.kind
    total = ImportRow.objects.filter(~_NO_DATA, job=work.job).count()
    letters, free = work.job.result.get("letters", []), bool(work.params.get("free") or work.params.get("feed"))
    headers = feeds.headers(work) if kind.feed else _headers(kind, work.by)
    kept = kept_rows(work.job, ~_NO_DATA & ~Q(sheet=GONE), Kept._fields if free else OF_TEMPLATE)
    for portion in judging.portions(Kept(*one) for one in kept):
        rows = restored(portion, letters, headers, free)
        pairs = zip(portion, rows, judging.judge(rows, total), strict=True)
        if other := [(old, row, verdict) for old, row, verdict in pairs if _differs(old, verdict)]:
            stage_again(work, other)
            moved += len(other)
    return moved + (_missing_moved(work, judging) if kind.feed and judging.context is not None else 0)


def _missing_moved(work: jobs.Work, judging: Judging) -> int:
    """What the file does not hold, looked for once more; whatever the person decided about the same row stays."""
    assert judging.kind.feed is not None
    before = {json.dumps(encode(values), sort_keys=True): wanted for values, wanted in
              ImportRow.objects.filter(job=work.job, sheet=GONE).values_list("values", "wanted")}  # fmt: skip
    missing = judging.kind.feed.missing(judging.context)
    now = {json.dumps(encode(verdict.data), sort_keys=True) for _, verdict, _ in missing}
    if now == set(before):
        return 0
    ImportRow.objects.filter(job=work.job, sheet=GONE).delete()
    wanted = [before.get(json.dumps(encode(verdict.data), sort_keys=True), proposed) for _, verdict, proposed in missing]
    stage(work, [row for row, _, _ in missing], [verdict for _, verdict, _ in missing], wanted)
    return len(now ^ set(before))


def _differs(old: Kept, new: Verdict) -> bool:
    return (old.verdict, old.values, old.differences) != (new.kind, encode(new.data), as_dicts(new.differences))


def _staged(work: jobs.Work, judging: Judging) -> Iterator[list[Staged]]:
    """What is written, in portions: first everything new, then what changes something."""

    def rows(condition: Q) -> Iterator[Staged]:
        columns = ("pk", "number", "verdict", "values", *(("raw",) if judging.kind.feed else ()))
        for _, number, verdict, values, *raw in kept_rows(work.job, condition, columns):
            as_new = verdict in (NEW, RowVerdict.SUSPECT)
            yield Staged(number, NEW if as_new else CHANGED, decode(values), *(decode(one) for one in raw))

    if judging.kind.look_up is None:
        yield list(rows(_AS_NEW | _AS_CHANGE))
        return
    yield from judging.portions(rows(_AS_NEW))
    yield from judging.portions(rows(_AS_CHANGE))


def _write(work: jobs.Work, judging: Judging) -> None:
    kind, at, trace = judging.kind, judging.at, _Trace()
    staged = ImportRow.objects.filter(job=work.job)
    new, changed = staged.filter(_AS_NEW).count(), staged.filter(_AS_CHANGE).count()
    facts: dict[str, Any] = {"new": new, "changed": changed}
    if left_out := work.job.result.get("left_out", 0):
        facts["left_out"] = left_out
    if kind.feed:
        facts |= work.params["original"]
    elif work.job.source_file:
        facts |= {"file": work.job.source_file.name, "sha256": work.job.source_file.sha256}
    try:
        with work.committing() as result:
            for portion in _staged(work, judging):
                trace.add(kind.apply_rows(portion, by=work.by, at=at, context=judging.context))
            trace.keep(work)
            if kind.feed:
                kind.feed.close(judging.context, work.job, by=work.by, at=at)
            audit.record(by=work.by, verb=f"导入{kind.title}", target=work.job, at=at, after=facts)
            omitted = f"有 {left_out} 行须改正，未导入。" if left_out else ""
            result["message"] = f"已写入：新增 {new} 行，变更 {changed} 行。{omitted}"
    except IntegrityError as error:
        raise Refusal("写入时与别人刚做的改动冲突，未写入任何数据。请点“重试”重新核对。") from error


class _Trace:
    """What the portions wrote, for taking it back. Former values are kept as the text they will be stored as: a tenth of the memory."""

    def __init__(self) -> None:
        self.created: list[int] = []
        self.changed: list[str] = []
        self.any = False

    def add(self, written: Written | None) -> None:
        if written is None:
            return
        self.any = True
        self.created += written.created
        if written.changed:
            self.changed.append(json.dumps(written.changed, ensure_ascii=False)[1:-1])

    def keep(self, work: jobs.Work) -> None:
        if self.any:
            changed = bulk.JsonText(f"{{{', '.join(self.changed)}}}")
            bulk.insert(ImportTrace, ("job_id", "created", "changed"), [(work.job.pk, self.created, changed)])
