"""资金台账: where every allocation stands, by both bases side by side."""

from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from funds.exports import ledger_for
from funds.figures import ledger
from funds.figures.account import accounts_of
from funds.models import Allocation
from linkage import access, exports, periods
from linkage.views.pages import needs, paged
from projects.models import Project


@require_safe
@needs("period.read")
def fund_ledger(request):
    as_of = periods.today()
    found = ledger_for(request.user, request.GET, as_of)
    rows = ledger.with_share_in_sight(found.filter.qs, request.user)
    return render(
        request, "funds/ledger.html",
        {
            "form": found.filter.form, "page": paged(request, rows), "totals": ledger.totals(found.filter.qs, found.shares, as_of),
            "as_of": as_of, "rest_query": _rest_query(found.filter.form), "may_record": access.may(request.user, "voucher.record"),
            "may_open": access.may(request.user, "funds.opening") and access.may(request.user, "import.run"),
        },
    )  # fmt: skip


def _rest_query(form) -> str:
    """The list of fund documents with money that is not yet arranged, narrowed as the ledger is."""
    chosen = form.cleaned_data if form.is_valid() else {}
    kept = {name: getattr(chosen[name], "code", chosen[name]) for name in ("year", "unit", "level", "task") if chosen.get(name)}
    return urlencode(kept | {"left": "on"})


@require_safe
@needs("period.read")
def ledger_export(request):
    return exports.respond(request, "fund-ledger")


def _project(request, pk: int) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user).select_related("unit"), pk=pk)


@require_safe
@needs("period.read")
def project_ledger(request, pk):
    """资金明细账 of one project."""
    project, as_of = _project(request, pk), periods.today()
    rows = Allocation.objects.visible_to(request.user).filter(project=project, decided_on__lte=as_of)
    context = {
        "project": project, "accounts": accounts_of(project, request.user, as_of), "sums": ledger.totals(rows, None, as_of), "as_of": as_of,
        "may_record": access.may(request.user, "voucher.record", project.unit),
    }  # fmt: skip
    return render(request, "funds/project_ledger.html", context)


@require_safe
@needs("period.read")
def project_ledger_export(request, pk):
    return exports.respond(request, "project-ledger", {"project": _project(request, pk).pk})
