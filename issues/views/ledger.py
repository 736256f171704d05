"""/issues/: the ledger as an office prints it, and its Excel."""

from __future__ import annotations

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from issues import states
from issues.exports import KIND
from issues.figures import as_ledger, counts
from issues.filters import IssueFilter
from issues.models import Issue
from linkage import access, exports, periods
from linkage.views.pages import needs, paged
from linkage.views.saved_views import views_for


@require_GET
@needs("period.read")
def issue_list(request: HttpRequest) -> HttpResponse:
    """Grouped by state, overdue first, filters in the address. A constant number of queries."""
    today = periods.today()
    filterset = IssueFilter(request.GET, Issue.objects.visible_to(request.user), user=request.user, on=today)
    rows = as_ledger(filterset.qs, on=today).select_related("unit", "project", "lead")
    page = paged(request, rows)
    groups = [(state, list(issues)) for state, issues in groupby(page, key=lambda issue: issue.state)]
    context = {
        "page": page, "groups": [(issues[0].get_state_display(), state, issues) for state, issues in groups], "today": today,
        "filter_form": filterset.form, "counts": counts(filterset.qs, on=today), "saved_views": views_for(request),
        "several_units": "unit" in filterset.filters, "may_raise": access.may(request.user, states.RAISE),
    }  # fmt: skip
    return render(request, "issues/list.html", context)


@require_GET
@needs("export.run")
def issue_export(request: HttpRequest) -> HttpResponse:
    """Excel of exactly what is shown, whatever the page."""
    return exports.respond(request, KIND)
