"""Lists over all projects in sight: approved changes and performance targets (features 2.3, 2.8)."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from linkage import exports, periods
from linkage.views.pages import needs, paged
from linkage.views.saved_views import views_for
from projects.checks import revision_differences
from projects.exports.changes import ADJUSTMENTS, NEWEST, TARGETS
from projects.exports.records import ORDER
from projects.filters.records import RESULT_CONDITIONS, AdjustmentFilter, TargetFilter
from projects.models import PerformanceTarget, ProjectRevision, RevisionKind
from projects.views.documents import give_files

KNOWN = Q(actual__isnull=False)


@require_GET
@needs("period.read")
def adjustment_list(request: HttpRequest) -> HttpResponse:
    """Before and after of each, newest first. Filters in the address; a constant number of queries."""
    filterset = AdjustmentFilter(request.GET, ProjectRevision.objects.visible_to(request.user), user=request.user)
    page = paged(request, filterset.qs.select_related("project__unit").order_by(*NEWEST))
    rows = list(page)
    give_files("adjustment", rows)
    context = {
        "page": page, "rows": [(row, revision_differences(row)) for row in rows], "filter_form": filterset.form, "kinds": _kinds(filterset.qs),
        "several_units": "unit" in filterset.filters, "as_of": periods.today(), "saved_views": views_for(request),
    }  # fmt: skip
    return render(request, "projects/adjustments.html", context)


def _kinds(rows: QuerySet[ProjectRevision]) -> list[tuple[str, str, int]]:
    """(kind, words, how many stand) in the order of the kinds. One query."""
    found = dict(rows.filter(withdrawn_at__isnull=True).order_by().values_list("kind").annotate(number=Count("pk")))
    return [(str(kind), str(kind.label), found[kind]) for kind in RevisionKind if kind in found]


@require_GET
@needs("export.run")
def adjustment_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, ADJUSTMENTS)


@require_GET
@needs("period.read")
def target_list(request: HttpRequest) -> HttpResponse:
    """Every indicator with its completion. Filters in the address; a constant number of queries."""
    filterset = TargetFilter(request.GET, PerformanceTarget.objects.visible_to(request.user), user=request.user)
    numbers = {name: Count("pk", filter=condition) for name, condition in RESULT_CONDITIONS.items()}
    context = {
        "page": paged(request, filterset.qs.select_related("project__unit").order_by(*ORDER)), "filter_form": filterset.form,
        "totals": filterset.qs.order_by().aggregate(every=Count("pk"), projects=Count("project", distinct=True), known=Count("pk", filter=KNOWN), **numbers),
        "several_units": "unit" in filterset.filters, "as_of": periods.today(), "saved_views": views_for(request),
    }  # fmt: skip
    return render(request, "publicity/targets.html", context)


@require_GET
@needs("export.run")
def target_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, TARGETS)
