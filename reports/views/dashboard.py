"""The prefecture's dashboard: a sentence made of numbers, the exceptions, then tiles, table and curve (features 10.2)."""

from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from funds.charts import waiting_option
from funds.figures import pacing
from funds.figures.verdict import Basis, Pace
from issues.figures import counts
from issues.models import Issue
from linkage import access, periods
from linkage.models import Role
from linkage.money import points_words
from linkage.views.pages import needs
from reports.charts import trend_option
from reports.figures import dashboard as figures

COUNTY_ROLES = (Role.COUNTY_CLERK, Role.COUNTY_CHIEF, Role.COUNTY_DEPT)


@require_safe
@needs("dashboard.read", "weekly.fill", "weekly.sign", "weekly.fill_dealt")
def dashboard(request):
    """The page of the prefecture; a county is led to the page of its own region."""
    if not access.may(request.user, "dashboard.read"):
        return redirect("region-page", next(g.region_slug for g in access.grants_of(request.user) if g.role in COUNTY_ROLES))
    at = periods.now()
    as_of = figures.as_of_day(at)
    basis = request.GET.get("basis") if request.GET.get("basis") in Basis.values else None
    sight = pacing.Sight.of(request.user)
    table = pacing.pace(year=as_of.year, as_of=as_of, basis=basis, sight=sight)
    shown, record = figures.current_record(table.units, at)
    trend = figures.trend(table, sight)
    waits = figures.waiting_now(request.user, table, sight)
    return render(request, "dashboard/dashboard.html", {
        "table": table, "settings": table.settings, "total": table.total, "words": points_words(table.total.ratio, table.total.target.ratio),
        "reporting": figures.reporting_words(shown, record, at), "notables": figures.exceptions(table, shown, record, sight, at),
        "tiles": figures.tiles(table), "lines": table.units_headline, "periods": shown, "record": record,
        "problems": figures.problems(request.user, as_of), "issues": counts(Issue.objects.visible_to(request.user), on=periods.day_of(at)),
        "pace_url": f"{reverse('fund-pace')}?{urlencode({'year': as_of.year, 'as_of': as_of.isoformat(), 'basis': table.settings.basis.value})}",
        "trend": trend, "option": trend_option(trend, as_of.year), "bases": [_switch(request, kind, table.settings.basis) for kind in Basis],
        "waits": waits, "waiting_lines": waits.by_unit(), "waiting_option": waiting_option(waits.by_unit()[:14], waits.links),
        "rule_basis": pacing.rule_basis(as_of), "slow": [line for line in table.units_headline if line.pace in (Pace.LAG, Pace.SEVERE)],
        "trend_columns": [("月份", "text"), (f"{as_of.year}年", "num"), (f"{as_of.year - 1}年", "num"), ("目标", "num")],
    })  # fmt: skip


def _switch(request, basis: Basis, active: Basis) -> dict:
    query = request.GET.copy()
    query["basis"] = basis.value
    return {"label": basis.label, "url": f"?{urlencode(list(query.items()))}", "active": basis == active}
