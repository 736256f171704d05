"""Money that waits behind procedures (3.4) and times taken (3.5)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from linkage import exports, periods
from linkage.views.pages import needs
from projects.exports.procedure import MONEY, TIMES, in_sight_for_times, span_of
from projects.figures.amounts import basis_words
from projects.figures.procedures import SMALL, times, waiting_money
from projects.models import Procedure


@require_GET
@needs("period.read")
def procedure_money(request: HttpRequest) -> HttpResponse:
    today = periods.today()
    found = waiting_money(Procedure.objects.visible_to(request.user), user=request.user, as_of=today)
    return render(request, "procedures/money.html", {"found": found, "as_of": today, "basis": basis_words(today)})


@require_GET
@needs("export.run")
def procedure_money_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, MONEY)


@require_GET
@needs("period.read")
def procedure_times(request: HttpRequest) -> HttpResponse:
    """Per kind and 承办单位; a body reads its own, the office, leaders and auditors read all of them."""
    today = periods.today()
    year, since, until = span_of(request.GET.get("year", ""), today)
    rows = times(in_sight_for_times(request.user), since=since, until=until)
    context = {
        "rows": rows, "year": year, "years": [today.year - n for n in range(3)], "as_of": until, "small": SMALL, "done": sum(row.done for row in rows),
        "overdue": sum(row.overdue for row in rows), "corrected": sum(row.corrected for row in rows), "has_small": any(row.small for row in rows),
    }  # fmt: skip
    return render(request, "procedures/times.html", context)


@require_GET
@needs("export.run")
def procedure_times_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, TIMES)
