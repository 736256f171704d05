"""支出均衡度: how evenly each county pays over the year, with last year beside."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from funds.charts import evenness_option
from funds.exports.evenness import EVENNESS
from funds.figures.evenness import even_lines
from funds.figures.sums import Sight
from funds.filters import pace_question, year_choices
from funds.views.common import whose
from linkage import exports
from linkage.money import percent_text
from linkage.views.pages import needs


@require_safe
@needs("period.read")
def fund_evenness(request):
    asked, _ = pace_question(request.GET)
    sight = Sight.of(request.user)
    lines = even_lines(year=asked["year"], as_of=asked["as_of"], sight=sight)
    total, units = lines[0], lines[1:]
    judged = sorted((line for line in units if line.now.value is not None), key=lambda line: line.now.value)
    rows = [
        [f"{number}月", percent_text(now), percent_text(before), percent_text(even)]
        for number, now, before, even in zip(range(1, 13), total.now.shares, total.last_year.shares, total.now.even_shares, strict=True)
    ]
    return render(request, "funds/evenness.html", {
        "year": asked["year"], "as_of": total.now.as_of, "where": whose(request.user, list(sight.units)), "total": total, "lines": units, "lowest": judged[:2],
        "option": evenness_option(total), "months": range(1, 13), "years": year_choices()[:-1], "rows": rows,
        "columns": [("月份", "text"), (f"{asked['year']}年", "num"), (f"{asked['year'] - 1}年", "num"), ("均衡", "num")],
    })  # fmt: skip


@require_safe
@needs("period.read")
def evenness_export(request):
    return exports.respond(request, EVENNESS)
