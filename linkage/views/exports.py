"""导出记录: the files a person has exported, newest first."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from linkage import exports
from linkage.models import Job, JobState
from linkage.views.pages import needs, paged, telling


@require_GET
@needs("export.run")
def export_list(request: HttpRequest) -> HttpResponse:
    rows = Job.objects.visible_to(request.user).filter(kind=exports.JOB).select_related("result_file").order_by("-pk")
    page = paged(request, rows)
    for job in page.object_list:
        job.has_file = job.state == JobState.DONE and job.result_file_id is not None
        job.rows_written = job.result.get("rows")
    return render(request, "exports/list.html", {"page": page, "keep_days": exports.KEEP_DAYS})


@require_POST
def export_start(request: HttpRequest) -> HttpResponse:
    """The button of a large export: queue it and show how far it is."""
    with telling(request):
        job = exports.start_large(by=request.user, ticket=request.POST.get("ticket", ""))
        return redirect("job-detail", job.pk)
    return redirect("export-list")
