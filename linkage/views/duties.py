"""/duties/: what runs by itself, when it last succeeded, and why it did not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linkage import ticking
from linkage.models import Watermark
from linkage.views.pages import needs


@require_safe
@needs("job.manage")
def duties(request: HttpRequest) -> HttpResponse:
    marks = {mark.name: mark for mark in Watermark.objects.all()}
    rows = [{"entry": entry, "mark": marks.get(entry.mark)} for entry in ticking.entries()]
    for row in rows:
        row["done_at"] = row["mark"].at if row["mark"] and row["mark"].at > ticking.FREE else None
    failing = [row for row in rows if row["mark"] and row["mark"].failures]
    return render(request, "duties/list.html", {"rows": rows, "failing": failing, "tick": marks.get(ticking.TICK)})
