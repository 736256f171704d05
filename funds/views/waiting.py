"""待支出资金所处环节: a sentence, the links per county, what is behind each number, and the story of one project's money."""

from urllib.parse import urlencode

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from funds.actions.claim import set_claim_route
from funds.charts import waiting_option
from funds.exports.waiting import WAITING, sums_of
from funds.figures.sums import Sight
from funds.figures.waiting.links import MEANING, RESIDUALS, Link
from funds.figures.waiting.names import name_rows
from funds.figures.waiting.reading import Asked, read
from funds.figures.waiting.story import story
from funds.figures.waiting.table import EVER, Sum, documents_of, waiting, with_since
from funds.forms.claim import ClaimRouteForm
from funds.forms.waiting import AXES, WaitingForm, basis_words
from funds.models import Batch, ClaimRoute
from funds.views.common import form_page, whose
from linkage import access, exports, periods, rules
from linkage.models import Region
from linkage.views.pages import needs, paged, query_without, telling_form
from projects.models import Project


@require_safe
@needs("period.read")
def fund_waiting(request):
    form = WaitingForm(request.GET, user=request.user)
    asked = form.question()
    sight = Sight.of(request.user)
    table = waiting(asked, sight=sight, batches=documents_of(request.user))
    units = [unit for unit in sight.units if asked.unit in (None, unit.pk)]
    sums = sums_of(table, form.axis)
    shown = paged(request, table.of_link(form.link_chosen, form.holder_chosen))
    context = {
        "form": form, "table": table, "asked": asked, "basis": basis_words(asked), "where": whose(request.user, units),
        "axes": [_switch(request, "by", value, label, form.axis) for value, label in AXES], "axis_words": dict(AXES)[form.axis].removeprefix("按"),
        "links": [{"link": link, "meaning": MEANING[link], "url": _link_url(request, link)} for link in table.links],
        "rows": [_line(request, form.axis, one, table.links) for one in sums], "total": _line(request, "", table.total, table.links),
        "residuals": [link for link in RESIDUALS if table.total.now.get(link)], "top": table.total.ranked[:3],
        "option": waiting_option(sums[:14], table.links), "page": shown, "named": name_rows(with_since(list(shown), table, sight), table),
        "chosen": Link(form.link_chosen) if form.link_chosen else None, "holder_chosen": form.holder_chosen and shown and shown[0].holder.name,
        "may_set": access.may(request.user, "rule.edit"), "has_charts": len(sums) > 1, "all_url": f"?{query_without(request, 'link', 'holder')}",
        "basis_switch": [_switch(request, "basis", value, label, asked.basis) for value, label in (("treasury", "财政口径"), ("county", "周报口径"))],
    }  # fmt: skip
    return render(request, "funds/waiting.html", context)


def _switch(request, name: str, value: str, label: str, active: str) -> dict:
    query = request.GET.copy()
    query[name] = value
    query.pop("page", None)
    return {"label": label, "url": f"?{query.urlencode()}", "active": value == active, "count": None}


def _link_url(request, link: Link) -> str:
    rest = query_without(request, "link", "holder")
    return f"?{rest}{'&' if rest else ''}link={link.value}#rows"


def _line(request, axis: str, one: Sum, links: list[Link]) -> dict:
    """A line of the table: its cells in the order of the columns, and where its name leads."""
    rest, url = query_without(request, "unit", "task", "holder", "link"), ""
    if axis == "holder" and (pk := one.key.split("/")[0]):
        url = f"?{rest}{'&' if rest else ''}holder={pk}#rows"
    return {
        "label": one.label, "url": url, "total": one.total_yuan, "days": one.total_yuan_days,
        "cells": [{"yuan": one.yuan(link), "count": one.count.get(link, 0)} for link in links], "cells_days": [one.yuan_days(link) for link in links],
    }  # fmt: skip


@require_safe
@needs("period.read")
def waiting_export(request):
    return exports.respond(request, WAITING)


@require_safe
@needs("period.read")
def waiting_project(request, pk):
    """What happened to the money of one project, day by day."""
    project = get_object_or_404(Project.objects.visible_to(request.user).select_related("unit", "task"), pk=pk)
    as_of = periods.shift(periods.today(), days=-1)
    asked = Asked(as_of=as_of, since=EVER, basis=rules.get("pace_basis", on=as_of), projects=(project.pk,))
    courses = read(Sight.of(request.user), Batch.objects.none(), asked).courses
    stretches = story(courses[0], as_of) if courses else []
    here = stretches[0] if stretches and stretches[0].amounts else None
    return render(request, "funds/waiting_project.html", {
        "project": project, "stretches": stretches, "here": here, "as_of": as_of, "basis": basis_words(asked),
        "back": f"{reverse('fund-waiting')}?{urlencode({'unit': project.unit.slug})}",
    })  # fmt: skip


@require_safe
@needs("period.read", "rule.edit")
def claim_routes(request):
    """The 报账 steps of every unit in sight: in force today, and the versions before."""
    rows = list(ClaimRoute.objects.visible_to(request.user).select_related("unit", "author").order_by("unit__display_order", "-effective_from"))
    today = periods.today()
    in_force = {}
    for row in reversed(rows):
        if row.effective_from <= today:
            in_force[row.unit_id] = row
    units = [{"unit": unit, "row": row, "claim": row.has_claim if row else True, "review": row.has_review if row else True}
             for unit in Sight.of(request.user).units for row in [in_force.get(unit.pk)]]  # fmt: skip
    return render(request, "funds/claim_routes.html", {"units": units, "rows": rows, "may_edit": access.may(request.user, "rule.edit")})


@require_http_methods(["GET", "POST"])
@needs("rule.edit")
def claim_route_new(request):
    unit = Region.objects.reporting().filter(slug=request.GET.get("unit", "")).first()
    form = ClaimRouteForm(request.POST or None, initial={"unit": unit.slug} if unit else None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            set_claim_route(**form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect("claim-routes")
    trail = [("待支出资金", reverse("fund-waiting")), ("报账环节", reverse("claim-routes"))]
    hint = "从生效日期起，本县资金按这些环节统计；以前的日期也按截至日所在的版本统计。"
    return form_page(request, form, heading="设置报账环节", submit="保存", trail=trail, hint=hint)
