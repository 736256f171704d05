"""支出进度: the sentence first, then every unit × level with both bases side by side."""

from urllib.parse import urlencode

from django.shortcuts import render
from django.views.decorators.http import require_safe

from funds.exports.pace import labelled, pace_tail
from funds.figures import pacing
from funds.figures.ledger import largest_of, standings
from funds.figures.measures import FORMULAS, measures
from funds.figures.verdict import Basis, Pace
from funds.filters import pace_question, task_asked, year_choices
from funds.models import HEADLINE_LEVELS, Allocation
from funds.views.common import whose
from linkage import exports
from linkage.money import points_words, ratio
from linkage.views.pages import needs
from projects.figures.rates import BASIS as RATES_BASIS
from projects.models import Project


@require_safe
@needs("period.read")
def fund_pace(request):
    asked, _ = pace_question(request.GET)
    task, sight = task_asked(request.GET), pacing.Sight.of(request.user)
    table = pacing.pace(sight=sight, **asked)
    settings = table.settings
    found = measures(table, user=request.user, sight=sight, projects=Project.objects.visible_to(request.user), task=task)
    allocations = Allocation.objects.visible_to(request.user)
    standing = standings(allocations.filter(project__task=task) if task else allocations, year=settings.year, as_of=settings.as_of)
    head = found.units[0] if len(found.units) == 1 else found.total  # a single unit has targets of its own
    total, lines = head.line, [row.line for row in found.units]
    context = {
        "table": table, "total": total, "settings": settings, "where": whose(request.user, table.units), "slow": _slow(lines), "found": found, "head": head,
        "words": points_words(ratio(*total.judged_yuan), total.target.ratio), "linear_words": points_words(total.ratio, total.target.linear_ratio),
        "rows": [{"line": line, "levels": table.levels_of(line.unit, task)} for line in lines], "levels": table.levels_of(None, task),
        "bases": [_switch(request, basis, settings) for basis in Basis], "years": year_choices()[:-1], "task": task, "tasks": table.tasks,
        "projects": largest_of(standing, basis=settings.basis, levels=HEADLINE_LEVELS), "formulas": FORMULAS, "rates_basis": RATES_BASIS,
        "doubtful": sum(row.is_doubtful for row in standing), "labelled": [(label, row, is_sum) for label, row, is_sum in labelled(found)],
        "rule_basis": pacing.rule_basis(settings.as_of), "tail": pace_tail(lines),
    }  # fmt: skip
    return render(request, "funds/pace.html", context)


def _slow(units: list[pacing.Line]) -> list[dict]:
    """Units that are not normal, worst kind first, for the sentence."""
    return [
        {"label": kind.label, "lines": lines}
        for kind in (Pace.FAULT, Pace.SEVERE, Pace.LAG)
        if (lines := [line for line in units if line.pace == kind])
    ]


def _switch(request, basis: Basis, settings: pacing.Settings) -> dict:
    query = request.GET.copy()
    query["basis"] = basis.value
    return {"label": basis.label, "url": f"?{urlencode(list(query.items()))}", "active": basis == settings.basis, "count": None}


@require_safe
@needs("period.read")
def pace_export(request):
    return exports.respond(request, "fund-pace")
