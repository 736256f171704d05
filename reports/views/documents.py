"""Word documents made from frozen content."""

from io import BytesIO

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from linkage import audit
from linkage.models import Handover
from reports.documents.handover import handover_sheet
from reports.documents.weekly import county_report
from reports.figures.sight import sees_all_rows
from reports.views.weekly.common import version_in_sight

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@require_safe
def weekly(request, key, unit, number):
    """《县级周调度报告》 of one signed version, for those who read the whole of it."""
    version = version_in_sight(request, key, unit, number)
    if not sees_all_rows(request.user, version.report):
        raise Http404
    audit.record(by=request.user, verb="下载周调度报告", target=version.report, after={"version": number, "sha256": version.sha256})
    name = f"{version.report.unit.name}周调度报告_{key}_v{number}.docx"
    return FileResponse(BytesIO(county_report(version, audit_head=audit.head_hash())), as_attachment=True, filename=name, content_type=DOCX)



@require_safe
def handover(request, pk):
    """《工作交接单》, for those who see the handover."""
    row = get_object_or_404(Handover.objects.visible_to(request.user), pk=pk)
    audit.record(by=request.user, verb="下载交接单", target=row)
    return FileResponse(BytesIO(handover_sheet(row)), as_attachment=True, filename=f"{row.number}.docx", content_type=DOCX)
