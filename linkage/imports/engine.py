"""Upload → read and check into staging rows → the person looks and confirms → one transaction or nothing → perhaps taken back."""

from __future__ import annotations

import hashlib
import mimetypes
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from linkage import access, audit, jobs, periods, rules
from linkage.actions.uploads import store_file
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.excel import MIME, check_workbook
from linkage.excel.sources import check_source
from linkage.models import DECIDED, ImportRow, ImportTrace, Job, JobState, RowVerdict

from . import tables
from .base import ImportKind, kind_of, kinds

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
    rows = ImportRow.objects.filter(job=job, verdict__in=DECIDED, wanted=True)
    wanted = rows.order_by("pk").values_list("pk", flat=True) if _to_decide(job) else ()
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
    with transaction.atomic():
        _held_as_looked_at(job)  # `jobs.apply` refuses another one than the caller has in hand
        _require_seen(job, seen)
        more = _confirmable(job, leave_out) if job.state == JobState.CHECKED else {}
        inline = to_write(job) <= INLINE_ROWS
        jobs.apply(job, by=by, wake=not inline, more=more)
    _run(job, inline)


def _confirmable(job: Job, leave_out: bool) -> dict[str, Any]:
    """What the writing has to know. Raises WrongState while rows need repair or there is nothing to write."""
    if job.result.get("asks"):
        raise WrongState("还没有说明各列和缺少的内容。请先填写再确认。")
    errors = job.result.get("counts", {}).get(RowVerdict.ERROR, 0)
    if errors and not (leave_out and (job.params.get("free") or job.params.get("feed"))):
        raise WrongState(f"还有 {errors} 行须改正。请在表中改正后重新上传。")
    if not to_write(job):
        raise WrongState("没有需要写入的内容：表中各行与系统里的一致。")
    return {"left_out": errors}


def to_write(job: Job) -> int:
    """How many rows a confirmation writes: new, changed, and those to be decided about that the person wants."""
    counts = job.result.get("counts", {})
    sure = counts.get(RowVerdict.NEW, 0) + counts.get(RowVerdict.CHANGED, 0)
    return sure + ImportRow.objects.filter(job=job, verdict__in=DECIDED, wanted=True).count() if _to_decide(job) else sure


def _to_decide(job: Job) -> bool:
    return any(job.result.get("counts", {}).get(verdict) for verdict in DECIDED)


def decide(
    job: Job, *, by, wanted: bool, row: int | None = None, seen: str | None = None, verdict: str = RowVerdict.SUSPECT
) -> int:
    """A row that a person has to decide about (or all of a verdict) is written after all, or is not. Gives how many rows that was.

    Raises WrongState, and StaleRevision when the row is gone or it is no longer what the person saw (`seen` as for `confirm`).
    """
    _require_own(job, by)
    with transaction.atomic():
        if not _held_as_looked_at(job):
            job.refresh_from_db()
        _require_seen(job, seen)
        if job.state != JobState.CHECKED:
            raise WrongState(f"“{job}”现在是“{job.get_state_display()}”，不能再改。")
        rows = ImportRow.objects.filter(job=job, verdict__in=DECIDED)
        changed = rows.filter(**({"pk": row} if row else {"verdict": verdict})).update(wanted=wanted)
        if row and not changed:
            raise StaleRevision("这一行已不在：表在别的窗口里重新读取过。下面是现在的内容，请再看一遍。")
    return changed


def _held_as_looked_at(job: Job) -> bool:
    """Lock the job while its doubtful rows are decided about or confirmed: what is confirmed is what was counted and seen.

    False when it is no longer the job that the caller has in hand.
    """
    held = Job.objects.select_for_update().filter(pk=job.pk).values_list("state", "started_at").first()
    return held == (job.state, job.started_at)


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


def forget_staging(*, at: datetime) -> None:
    """Drop staging rows 30 days after the upload; previews nobody confirmed by then are cancelled."""
    old = Job.objects.filter(kind=JOB, created_at__lt=periods.shift(at, days=-KEEP_DAYS)).exclude(
        state=JobState.RUNNING
    )
    old.filter(state=JobState.CHECKED).update(
        state=JobState.CANCELLED, finished_at=at, message=f"上传后 {KEEP_DAYS} 天没有确认，已取消，未写入任何数据。"
    )
    ImportRow.objects.filter(job__in=old.exclude(state=JobState.QUEUED)).delete()
