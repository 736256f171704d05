"""后台任务: one's own; for the system administrator all of them, without their content."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from linkage import access, exports, jobs, periods, uploads
from linkage.figures.verification import JOB as VERIFY_JOB
from linkage.imports.engine import JOB as IMPORT_JOB
from linkage.models import Job, JobState
from linkage.views.pages import paged, telling


@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """Own jobs, newest first; `?all=1` for job.manage: every job's kind and state."""
    manages = access.may(request.user, "job.manage")
    shows_all = manages and bool(request.GET.get("all"))
    rows = jobs.in_sight(request.user) if shows_all else Job.objects.visible_to(request.user)
    page = paged(request, rows.select_related("created_by").order_by("-pk"))
    for job in page.object_list:
        _dress(job, request.user)
    tabs = [
        {"label": "我的任务", "url": request.path, "active": not shows_all, "count": None},
        {"label": "全部任务", "url": f"{request.path}?all=1", "active": shows_all, "count": None},
    ]
    return render(request, "jobs/list.html", {"page": page, "tabs": tabs if manages else [], "shows_all": shows_all})


@require_GET
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One job; the progress part asks again until the job has come to rest."""
    job = get_object_or_404(jobs.in_sight(request.user).select_related("created_by", "result_file"), pk=pk)
    _dress(job, request.user)
    if request.GET.get("part") == "progress":
        response = render(request, "jobs/_progress.html", {"job": job})
        if not job.is_open:
            response["HX-Refresh"] = "true"
        return response
    if job.is_own and job.kind == IMPORT_JOB:
        return redirect("import-detail", job.pk)
    if job.is_own and job.kind == VERIFY_JOB and job.state == JobState.DONE:
        return redirect("audit")
    return render(request, "jobs/detail.html", {"job": job, "facts": _facts(job)})


def _dress(job: Job, user) -> None:
    """What the templates show: content only to the person whose job it is."""
    job.is_own = job.created_by_id == user.pk
    job.is_open = job.state in (JobState.QUEUED, JobState.RUNNING)
    job.kind_title = jobs.title_of(job.kind)
    job.shown_title = job.title if job.is_own else f"{job.kind_title}（{job.pk}）"
    job.shown_message = job.message if job.is_own else ""
    job.may_cancel = job.state in jobs.CANCELLABLE
    job.may_retry = job.state in jobs.REPEATABLE
    job.has_file = job.is_own and job.state == JobState.DONE and job.result_file_id is not None


def _facts(job: Job) -> list[tuple]:
    facts = [("种类", job.kind_title), ("发起人", str(job.created_by or "系统")), ("发起时间", _moment(job.created_at))]
    facts += [("开始", _moment(job.started_at)), ("结束", _moment(job.finished_at)), ("第几次处理", job.attempts)]
    return facts


def _moment(at) -> str:
    return f"{periods.local(at):%Y-%m-%d %H:%M}" if at else ""


@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(jobs.in_sight(request.user), pk=pk)
    with telling(request):
        jobs.cancel(job, by=request.user)
    return redirect("job-detail", pk)


@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(jobs.in_sight(request.user), pk=pk)
    with telling(request):
        jobs.retry(job, by=request.user)
    return redirect("job-detail", pk)


@require_GET
def job_result(request: HttpRequest, pk: int) -> HttpResponse:
    """The file a job made, for its owner only and only under the seats it was made with."""
    return uploads.send(exports.result_of(request.user, pk).result_file)
