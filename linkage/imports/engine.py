"""Upload → read and check into staging rows → the person looks and confirms → one transaction or nothing → perhaps taken back."""

from __future__ import annotations

import gc
import hashlib
import mimetypes
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from linkage import access, audit, jobs, periods, rules
from linkage.actions.uploads import store_file
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.excel import MIME, check_workbook
from linkage.excel.sources import check_source
from linkage.models import ImportRow, ImportTrace, Job, JobState, RowVerdict

from . import tables
from .base import ImportKind, Row, Staged, Verdict, as_dicts, encode, kind_of, kinds
from .judging import counted, judge, restored, stage, staging, words_of
from .remembered import remember

JOB = "import"
INLINE_BYTES = 200 * 1024  # so small that the person waits for the answer
INLINE_SECONDS = 15  # of processor time for reading while the person waits
INLINE_ROWS = 500
KEEP_DAYS = 30


def kinds_for(user) -> list[ImportKind]:
    """The sheets this person may bring in."""
    return [kind for kind in kinds() if access.may(user, kind.permission)]


def submit(*, by, kind: ImportKind, file, at: datetime | None = None) -> Job:
    """Take a filled template, or for some kinds a table in any form: refuse what cannot be read, keep the file, check it
    (at once when small).

    Raises PermissionDenied, or Unreadable with what to do.
    """
    _require(by, kind)
    at = at or periods.now()
    today = periods.day_of(at)
    limits = {
        "max_bytes": rules.get("import_max_mb", on=today) * 1024 * 1024,
        "max_rows": rules.get("import_max_rows", on=today),
    }
    free = kind.any_tables is not None and not tables.is_template(file)
    if free:
        with tables.naming(file.name):
            check_source(file, file.name, **limits)
    else:
        check_workbook(file, file.name, **limits)
    content_type = (mimetypes.guess_type(file.name)[0] or "application/octet-stream") if free else MIME
    with transaction.atomic():
        source = store_file(by=by, file=file, name=file.name, content_type=content_type, at=at)
        inline = source.size <= INLINE_BYTES
        seconds = INLINE_SECONDS if inline else tables.SECONDS
        job = jobs.start(
            JOB, {"kind": kind.code, "free": free, "seconds": seconds, **limits}, by=by, title=f"导入{kind.title}：{source.name}",
            source_file=source, at=at, wake=not inline,
        )  # fmt: skip
    return _run(job, inline)


def _run(job: Job, inline: bool) -> Job:
    if inline:
        jobs.run_job(job.pk, tell=False)
    job.refresh_from_db()
    return job


def submit_again(job: Job, *, by, at: datetime | None = None) -> Job:
    """Check the file of an earlier import once more, with what was said of it: a new import, no new upload.

    Raises PermissionDenied, Refusal when the file is no longer kept, WrongState while the earlier one is still open.
    """
    _require_own(job, by)
    kind, source = kind_of(job.params["kind"]), job.source_file
    if job.state not in (JobState.DONE, JobState.FAILED, JobState.CANCELLED):
        raise WrongState(f"“{job}”还没有办完，请先确认或取消。")
    if kind is None or source is None or not source.file.storage.exists(source.file.name):
        raise Refusal("上传的文件已不在，请重新上传。")
    _require(by, kind)
    inline = source.size <= INLINE_BYTES
    fresh = jobs.start(JOB, job.params, by=by, title=job.title, source_file=source, at=at, wake=not inline)
    return _run(fresh, inline)


def map_columns(job: Job, *, by, mapping: dict[str, Any], seen: str | None = None) -> None:
    """Read the file once more the way the person says (`mapping`: about one table, see `tables`). `seen` as for `confirm`.

    Raises WrongState unless the job waits for the person, StaleRevision when it is no longer what the person saw.
    """
    if not job.params.get("free"):
        raise WrongState("这是系统模板，不用指定各列。")
    _require_seen(job, seen)
    inline = job.source_file is not None and job.source_file.size <= INLINE_BYTES
    jobs.again(job, by=by, params=job.params | {"mapping": tables.merged(job, mapping)}, wake=not inline)
    _run(job, inline)


def staging_mark(job: Job) -> str:
    """What a page showed: which reading of the file, and what was decided about its doubtful rows. Other afterwards → other word."""
    wanted = ImportRow.objects.filter(job=job, wanted=True).order_by("pk").values_list("pk", flat=True) if job.result.get("counts") else ()
    seen = f"{job.started_at and job.started_at.isoformat()} {list(wanted)}"
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


def _require_seen(job: Job, seen: str | None) -> None:
    if seen is not None and job.state == JobState.CHECKED and seen != staging_mark(job):
        raise StaleRevision("打开这一页之后，这张表在别的窗口里重新读取或改过，这次没有照办。下面是现在的内容，请再看一遍。")


def confirm(job: Job, *, by, leave_out: bool = False, seen: str | None = None) -> None:
    """Apply what the preview showed. `leave_out`: rows in error of a free table are expressly not taken in; `seen` is the
    `staging_mark` of the page that the person had before them.

    Raises WrongState while rows need repair or there is nothing to write, StaleRevision when it is no longer what the person saw.
    """
    _require_seen(job, seen)
    counts, more = job.result.get("counts", {}), {}
    if job.state == JobState.CHECKED:
        if job.result.get("asks"):
            raise WrongState("还没有说明各列和缺少的内容。请先填写再确认。")
        errors = counts.get(RowVerdict.ERROR, 0)
        if errors and not (leave_out and job.params.get("free")):
            raise WrongState(f"还有 {errors} 行须改正。请在表中改正后重新上传。")
        more = {"left_out": errors}
        if not to_write(job):
            raise WrongState("没有需要写入的内容：表中各行与系统里的一致。")
    inline = to_write(job) <= INLINE_ROWS
    jobs.apply(job, by=by, wake=not inline, more=more)
    _run(job, inline)


def to_write(job: Job) -> int:
    """How many rows a confirmation writes: new, changed, and doubtful ones that the person wants."""
    counts = job.result.get("counts", {})
    sure = counts.get(RowVerdict.NEW, 0) + counts.get(RowVerdict.CHANGED, 0)
    if not counts.get(RowVerdict.SUSPECT):
        return sure
    return sure + ImportRow.objects.filter(job=job, verdict=RowVerdict.SUSPECT, wanted=True).count()


def decide(job: Job, *, by, wanted: bool, row: int | None = None, seen: str | None = None) -> int:
    """A doubtful row (or all of them) is a project of its own after all, or is not. Gives how many rows that was.

    Raises WrongState, and StaleRevision when the row is gone or it is no longer what the person saw (`seen` as for `confirm`).
    """
    _require_own(job, by)
    _require_seen(job, seen)
    if job.state != JobState.CHECKED:
        raise WrongState(f"“{job}”现在是“{job.get_state_display()}”，不能再改。")
    rows = ImportRow.objects.filter(job=job, verdict=RowVerdict.SUSPECT)
    changed = rows.filter(**({"pk": row} if row else {})).update(wanted=wanted)
    if row and not changed:
        raise StaleRevision("这一行已不在：表在别的窗口里重新读取过。下面是现在的内容，请再看一遍。")
    return changed


def undo(job: Job, *, by, at: datetime | None = None) -> str:
    """Take back what an import wrote, all or nothing. Gives in words what was done.

    Raises PermissionDenied, WrongState (not written, taken back already), Refusal naming the rows in the way.
    """
    _require_own(job, by)
    kind, at = kind_of(job.params["kind"]), at or periods.now()
    if kind is None or kind.undo is None:
        raise WrongState("这种导入不能撤销。")
    _require(by, kind)
    with transaction.atomic():
        held = ImportTrace.objects.filter(job=job, undone_at__isnull=True)
        if not held.update(undone_at=at):
            raise WrongState("这次导入没有写入内容，或已经撤销过。")
        trace = ImportTrace.objects.get(job=job)
        words = kind.undo(trace, by=by, at=at)
        facts = {"created": len(trace.created), "changed": len(trace.changed)}
        audit.record(by=by, verb=f"撤销导入{kind.title}", target=job, at=at, before=facts)
        Job.objects.filter(pk=job.pk).update(message=f"已撤销：{words}")
    return words


def _require_own(job: Job, by) -> None:
    if job.created_by_id != by.pk:
        raise PermissionDenied("只有发起人可以这样做。")


def _require(by, kind: ImportKind) -> None:
    if not access.may(by, kind.permission):
        raise PermissionDenied(f"您的岗位不能导入{kind.title}。")


def _kind(work: jobs.Work) -> ImportKind:
    kind = kind_of(work.params["kind"])
    if kind is None:
        raise Refusal("系统不认识这种导入表，请重新选择后上传。")
    if not access.may(work.by, kind.permission):
        raise Refusal(f"您的岗位现在不能导入{kind.title}，未写入任何数据。")
    return kind


# -- the two phases ---------------------------------------------------------------------------------------------------


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


@_many_objects()
def check(work: jobs.Work) -> dict[str, Any]:
    """Read the file and judge every row; nothing but staging (and the person's mapping) is written."""
    kind, at = _kind(work), periods.now()
    rows, result = _free_rows(work, kind, at) if work.params.get("free") else _template_rows(work, kind)
    if result.get("asks"):
        stage(work, [])
        return result
    work.progress(0, len(rows), "正在核对")
    _context, verdicts = judge(work, kind, rows, at)
    stage(work, [staging(work.job, row, verdict) for row, verdict in zip(rows, verdicts, strict=True)])
    counts = counted(verdict.kind for verdict in verdicts)
    return {"counts": counts, "message": words_of(counts), **result}


def _template_rows(work: jobs.Work, kind: ImportKind) -> tuple[list[Row], dict[str, Any]]:
    with work.job.source_file.file.open("rb") as file:
        limits = {"max_rows": work.params["max_rows"], "seconds": work.params.get("seconds", tables.SECONDS)}
        table = tables.read("template", file, template=kind.template(work.by), **limits)
    headers = _headers(kind, work.by)
    rows = [Row(row.number, row.values, row.letters, headers, problems=tuple(row.problems)) for row in table.rows]
    return rows, {"notes": list(table.notes), "sheet": table.sheet, "letters": [["", 0, table.rows[0].letters]]}


def _free_rows(work: jobs.Work, kind: ImportKind, at: datetime) -> tuple[list[Row], dict[str, Any]]:
    assert kind.any_tables is not None
    with tables.naming(work.job.source_file.name):
        found = tables.look(work, kind)
    result = tables.described(found) | {"notes": tables.notes_of(found, kind.any_tables.fields)}
    if found.asks:
        return [], result | {"counts": {}, "message": "".join(found.why[:3])}
    remember(work, kind, found, at)
    rows = kind.any_tables.rows(work.by, found.chosen, found.answers, at)
    letters = _letters_of(rows)
    return rows, result | {"letters": letters, "sheet": "、".join(dict.fromkeys(one.sheet for one in found.chosen))}


def _letters_of(rows: list[Row]) -> list[list[Any]]:
    """[sheet, from which row on, letters]: where the columns change from one table to the next."""
    found: list[list[Any]] = []
    for row in rows:
        if row.letters and not (found and found[-1][0] == row.sheet and found[-1][2] == row.letters):
            found.append([row.sheet, row.number, row.letters])
    return found


def _headers(kind: ImportKind, by) -> dict[str, str]:
    return {column.key: column.header for column in kind.fields(by)}


@_many_objects()
def apply(work: jobs.Work) -> dict[str, Any]:
    """Judge once more, then write everything or nothing. What changed meanwhile goes back to the person instead."""
    kind, at = _kind(work), periods.now()
    kept = list(ImportRow.objects.filter(job=work.job))
    left_out = work.job.result.get("left_out", 0)
    if sum(row.verdict == RowVerdict.ERROR for row in kept) != left_out:
        raise Refusal("表中还有须改正的行，未写入任何数据。请改正后重新上传。")
    judged = [row for row in kept if row.verdict != RowVerdict.ERROR]
    free = bool(work.params.get("free"))
    rows = restored(judged, work.job.result.get("letters", []), _headers(kind, work.by), free)
    context, verdicts = judge(work, kind, rows, at)
    pairs = list(zip(judged, verdicts, strict=True))
    if moved := sum(_differs(old, verdict) for old, verdict in pairs):
        return _back_to_the_person(work, kept, rows, pairs, moved)
    _write(work, kind, [staged for old, verdict in pairs if (staged := _written(old, verdict))], context, at)
    return {}


def _differs(old: ImportRow, new: Verdict) -> bool:
    return (old.verdict, old.values, old.differences) != (new.kind, encode(new.data), as_dicts(new.differences))


def _back_to_the_person(
    work: jobs.Work, kept: list[ImportRow], rows: list[Row], pairs: list[tuple[ImportRow, Verdict]], moved: int
) -> dict[str, Any]:
    """Stage what the rows have become; rows in error stay as they were."""
    fresh = [row for row in kept if row.verdict == RowVerdict.ERROR]
    for row, (old, verdict) in zip(rows, pairs, strict=True):
        new = staging(work.job, row, verdict)
        new.wanted = old.wanted and verdict.kind == RowVerdict.SUSPECT
        fresh.append(new)
    for row in fresh:
        row.pk = None
    stage(work, fresh)
    counts = counted(row.verdict for row in fresh)
    words = f"核对之后有 {moved} 行的情况变了，尚未写入。请再看一遍后确认。{words_of(counts)}"
    return {"counts": counts, "message": words}


def _written(old: ImportRow, verdict: Verdict) -> Staged | None:
    """A row on its way into the database; None for one that is not written."""
    if verdict.kind == RowVerdict.SUSPECT and old.wanted:
        return Staged(old.number, RowVerdict.NEW, verdict.data)
    return Staged(old.number, verdict.kind, verdict.data) if verdict.kind in (RowVerdict.NEW, RowVerdict.CHANGED) else None


def _write(work: jobs.Work, kind: ImportKind, staged: list[Staged], context: Any, at: datetime) -> None:
    new = sum(row.verdict == RowVerdict.NEW for row in staged)
    facts: dict[str, Any] = {"new": new, "changed": len(staged) - new}
    if left_out := work.job.result.get("left_out", 0):
        facts["left_out"] = left_out
    if work.job.source_file:
        facts |= {"file": work.job.source_file.name, "sha256": work.job.source_file.sha256}
    try:
        with work.committing() as result:
            written = kind.apply_rows(staged, by=work.by, at=at, context=context)
            if written is not None:
                ImportTrace.objects.create(job=work.job, created=written.created, changed=written.changed)
            audit.record(by=work.by, verb=f"导入{kind.title}", target=work.job, at=at, after=facts)
            omitted = f"有 {left_out} 行须改正，未导入。" if left_out else ""
            result["message"] = f"已写入：新增 {new} 行，变更 {len(staged) - new} 行。{omitted}"
    except IntegrityError as error:
        raise Refusal("写入时与别人刚做的改动冲突，未写入任何数据。请点“重试”重新核对。") from error


def forget_staging(*, at: datetime) -> None:
    """Drop staging rows 30 days after the upload; previews nobody confirmed by then are cancelled."""
    old = Job.objects.filter(kind=JOB, created_at__lt=periods.shift(at, days=-KEEP_DAYS)).exclude(
        state=JobState.RUNNING
    )
    old.filter(state=JobState.CHECKED).update(
        state=JobState.CANCELLED, finished_at=at, message=f"上传后 {KEEP_DAYS} 天没有确认，已取消，未写入任何数据。"
    )
    ImportRow.objects.filter(job__in=old.exclude(state=JobState.QUEUED)).delete()
