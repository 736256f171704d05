"""支出进度: the sentence first, then every unit × level with both bases side by side."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.views.decorators.http import require_safe

from funds.exports import pace_tail
from funds.figures import pacing
from funds.figures.ledger import largest_of, standings
from funds.figures.verdict import Basis, Pace
from funds.filters import pace_question, year_choices
from funds.models import HEADLINE_LEVELS, Allocation
from funds.views.common import whose
from linkage import exports
from linkage.money import points_words
from linkage.views.pages import needs


@require_safe
@needs("period.read")
def fund_pace(request):
    asked, _ = pace_question(request.GET)
    table = pacing.pace(sight=pacing.Sight.of(request.user), **asked)
    settings = table.settings
    standing = standings(Allocation.objects.visible_to(request.user), year=settings.year, as_of=settings.as_of)
    context = {
        "table": table, "settings": settings, "where": whose(request.user, table.units), "slow": _slow(table),
        "words": points_words(table.total.ratio, table.total.target.ratio),
        "linear_words": points_words(table.total.ratio, table.total.target.linear_ratio),
        "rows": [{"line": line, "levels": table.levels_of(line.unit)} for line in table.units_headline],
        "bases": [_switch(request, basis, settings) for basis in Basis], "years": year_choices()[:-1],
        "projects": largest_of(standing, basis=settings.basis, levels=HEADLINE_LEVELS),
        "doubtful": sum(row.is_doubtful for row in standing),
        "rule_basis": pacing.rule_basis(settings.as_of), "tail": pace_tail(table),
    }  # fmt: skip
    return render(request, "funds/pace.html", context)


def _slow(table: pacing.PaceTable) -> list[dict]:
    """Units that are not normal, worst kind first, for the sentence."""
    return [
        {"label": kind.label, "lines": lines}
        for kind in (Pace.FAULT, Pace.SEVERE, Pace.LAG)
        if (lines := [line for line in table.units_headline if line.pace == kind])
    ]


def _switch(request, basis: Basis, settings: pacing.Settings) -> dict:
    query = request.GET.copy()
    query["basis"] = basis.value
    return {"label": basis.label, "url": f"?{urlencode(list(query.items()))}", "active": basis == settings.basis, "count": None}


@require_safe
@needs("period.read")
def pace_export(request):
    return exports.respond(request, "fund-pace")
