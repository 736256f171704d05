"""/projects/readiness/: which projects could begin first, and what each still lacks (features 2.7)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from linkage import exports, periods
from linkage.views.pages import needs, paged
from linkage.views.saved_views import views_for
from projects.exports.readiness import KIND
from projects.figures.readiness import BASIS, in_band
from projects.filters.readiness import ripened


@require_GET
@needs("period.read")
def readiness_list(request: HttpRequest) -> HttpResponse:
    """Filters in the address. A constant number of queries."""
    today = periods.today()
    filterset, pairs = ripened(request.GET, request.user, today)
    lacking: dict[str, int] = {}
    for _, found in pairs:
        for part in found.missing:
            lacking[part.label] = lacking.get(part.label, 0) + 1
    page = paged(request, pairs)
    context = {
        "page": page, "filter_form": filterset.form, "several_units": "unit" in filterset.filters, "as_of": today, "basis": BASIS,
        "high": sum(in_band(found, "high") for _, found in pairs), "low": sum(in_band(found, "low") for _, found in pairs),
        "lacking": sorted(lacking.items(), key=lambda pair: -pair[1])[:3], "saved_views": views_for(request),
    }  # fmt: skip
    return render(request, "projects/readiness.html", context)


@require_GET
@needs("export.run")
def readiness_export(request: HttpRequest) -> HttpResponse:
    """Excel of exactly what is shown, whatever the page."""
    return exports.respond(request, KIND)
