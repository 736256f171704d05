"""Lists and standard tables as Excel: at once when small, as a job when large; every one leaves an audit row.

An app registers a kind (how to build its sheets, how many rows); its view (GET) calls `respond`. A small file goes out
directly and is not kept. A large one is made by a job once the person has pressed the button, belongs to that person, is
kept for 30 days, and is handed out only as long as the person's seats are what they were.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from linkage import access, audit, jobs, periods, uploads
from linkage.actions.uploads import drop_file, store_file
from linkage.errors import Refusal
from linkage.excel import MIME, Sheet, write
from linkage.models import Job, JobState

JOB = "export"
LARGE_ROWS = 5_000  # from here on the person does not wait for the answer
KEEP_DAYS = 30
SALT = "linkage.export"
TICKET_SECONDS = 3600


@dataclass(frozen=True)
class Call:
    """What is exported: for whom, with the list page's own filters and the view's own parameters."""

    by: Any
    query: QueryDict
    at: datetime
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportKind:
    """build(call) → sheets, always through `visible_to(call.by)`; count(call) → rows; stem(call) → name of the file."""

    code: str
    title: str
    build: Callable[[Call], list[Sheet]]
    count: Callable[[Call], int] | None = None
    permission: str = "export.run"
    stem: Callable[[Call], str] | None = None


_kinds: dict[str, ExportKind] = {}


def register(kind: ExportKind) -> None:
    _kinds[kind.code] = kind


def respond(
    request: HttpRequest, code: str, params: dict[str, Any] | None = None, *, at: datetime | None = None
) -> HttpResponse:
    """The file itself; for a large one a page that offers to make it in the background. Raises PermissionDenied."""
    kind, at = _kinds[code], at or periods.now()
    _require(request.user, kind)
    query = request.GET.copy()
    query.pop("page", None)
    call = Call(request.user, query, at, params or {})
    total = kind.count(call) if kind.count else 0
    if total > LARGE_ROWS:
        wanted = {"kind": code, "query": query.urlencode(), "params": call.params, "total": total}
        ticket = signing.dumps(wanted, salt=SALT)
        return render(request, "exports/large.html", {"title": kind.title, "total": total, "ticket": ticket})
    target = BytesIO()
    rows = write(target, kind.build(call))
    _record(call, kind, rows, hashlib.sha256(target.getvalue()).hexdigest(), target=request.user)
    response = HttpResponse(target.getvalue(), content_type=MIME)
    response["Content-Disposition"] = uploads.attachment(_file_name(call, kind))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def start_large(*, by, ticket: str, at: datetime | None = None) -> Job:
    """Queue what the page of a large export offered; one job for the same wish, however often the button is pressed.

    Raises Refusal for a ticket that is spoilt or older than an hour, PermissionDenied.
    """
    try:
        wanted = signing.loads(ticket, salt=SALT, max_age=TICKET_SECONDS)
    except signing.BadSignature as error:
        raise Refusal("页面已过期，请回到列表页重新导出。") from error
    kind = _kinds[wanted["kind"]]
    _require(by, kind)
    running = Job.objects.visible_to(by).unfinished().filter(kind=JOB, params=wanted).first()
    return running or jobs.start(JOB, wanted, by=by, title=f"导出{kind.title}", at=at)


def _require(by, kind: ExportKind) -> None:
    if not access.may(by, kind.permission):
        raise access.Denied(f"您的岗位不能导出{kind.title}。", kind.permission)


def _file_name(call: Call, kind: ExportKind) -> str:
    return f"{kind.stem(call) if kind.stem else kind.title}_{periods.local(call.at):%Y%m%d}.xlsx"


def _record(call: Call, kind: ExportKind, rows: int, sha256: str, target) -> None:
    """Who took what out: filters, number of rows, hash of the file."""
    facts = {"filters": call.query.urlencode(), "params": call.params, "rows": rows, "sha256": sha256}
    audit.record(by=call.by, verb=f"导出{kind.title}", target=target, at=call.at, after=facts)


# -- the job ----------------------------------------------------------------------------------------------------------


def run(work: jobs.Work) -> dict[str, Any]:
    """Build and keep the file; the audit row says which filters, how many rows, which hash."""
    kind = _kinds.get(work.params["kind"])
    if kind is None:
        raise Refusal("系统不认识这种导出表，请回到列表页重新导出。")
    if not access.may(work.by, kind.permission):
        raise Refusal(f"您的岗位现在不能导出{kind.title}。")
    call = Call(work.by, QueryDict(work.params["query"]), work.job.created_at, work.params["params"])
    total = work.params["total"]
    with tempfile.TemporaryFile() as target:
        rows = write(
            target, kind.build(call), constant_memory=True, on_rows=lambda done: work.progress(done, total, "正在生成")
        )
        name = _file_name(call, kind)
        with transaction.atomic():
            work.hold(jobs.LEASE_MINUTES)
            work.result_file = kept = store_file(by=work.by, file=target, name=name, content_type=MIME, at=call.at)
            _record(call, kind, rows, kept.sha256, target=work.job)
    return {"rows": rows, "seats": seats_mark(work.by), "message": f"共 {rows} 行。"}


def result_of(user, job_id: int) -> Job:
    """The finished job whose file this person may still take; Http404 or PermissionDenied otherwise.

    Asked anew on every download: a file made under former seats is not handed out under later ones.
    """
    job = Job.objects.visible_to(user).select_related("result_file").filter(pk=job_id).first()
    if job is None or job.result_file is None or job.state != JobState.DONE:
        raise Http404("没有这个文件，或已过保存期。")
    if job.kind == JOB:
        kind = _kinds.get(job.params["kind"])
        if kind is None or not access.may(user, kind.permission) or job.result.get("seats") != seats_mark(user):
            raise PermissionDenied("导出之后您的岗位或范围有变化，请回到列表页重新导出。")
    return job


def seats_mark(user) -> str:
    """A fingerprint of what the person may see today."""
    grants = sorted(
        (g.role, g.region_path, g.organisation_id or 0, sorted(b.value for b in g.breadths), sorted(g.task_ids))
        for g in access.grants_of(user)
    )
    return hashlib.sha256(repr(grants).encode()).hexdigest()[:16]


def expire(*, at: datetime) -> None:
    """Drop files made more than 30 days ago; the job row stays and says so."""
    old = Job.objects.filter(kind=JOB, result_file__isnull=False, created_at__lt=periods.shift(at, days=-KEEP_DAYS))
    for job in old.select_related("result_file"):
        upload = job.result_file
        Job.objects.filter(pk=job.pk).update(
            result_file=None, message=f"文件保存 {KEEP_DAYS} 天，已过期删除，请重新导出。"
        )
        drop_file(upload)
