"""/projects/alike/: pairs of projects that look like duplicates or like one work split up, and what a person said about them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from linkage import access, periods
from linkage.filters.units import units_in_sight
from linkage.views.pages import back_to, needs, paged, telling
from projects.actions.alike import DECIDE, decide
from projects.figures import alike
from projects.forms.alike import AlikeFilter, DecisionForm
from projects.models import AlikeVerdict, Project

PER_PAGE = 20


@require_GET
@needs("period.read")
def alike_list(request: HttpRequest) -> HttpResponse:
    """One project year of what the person sees; a constant number of queries."""
    today = periods.today()
    rows = Project.objects.visible_to(request.user)
    years = list(rows.order_by("-project_year").values_list("project_year", flat=True).distinct())
    form = AlikeFilter(request.GET, units=units_in_sight(request.user), years=years)
    form.is_valid()
    chosen = form.cleaned_data
    year = int(chosen["year"]) if chosen.get("year") else (years[0] if years else today.year)
    decisions = alike.decided(request.user)
    found = [three for three in alike.of_year(rows, year, today) if _wanted(three, chosen, decisions)]
    page = paged(request, found, PER_PAGE)
    context = {
        "page": page, "pairs": alike.as_pairs(list(page), decisions), "filter_form": form, "year": year, "as_of": today,
        "open": sum((a.pk, b.pk) not in decisions for a, b, _ in found), "splits": sum(one.verdict == "split" for _, _, one in found),
        "may_decide": access.may(request.user, DECIDE), "verdicts": AlikeVerdict.choices,
    }  # fmt: skip
    return render(request, "projects/alike.html", context)


def _wanted(three, chosen: dict, decisions: dict) -> bool:
    a, b, suspicion = three
    is_decided = (a.pk, b.pk) in decisions
    if chosen.get("shown") != "all" and is_decided != (chosen.get("shown") == "decided"):
        return False
    if chosen.get("unit") and chosen["unit"].pk not in (a.unit_id, b.unit_id):
        return False
    return not chosen.get("kind") or suspicion.verdict == chosen["kind"]


@require_POST
@needs(DECIDE)
def alike_decide(request: HttpRequest) -> HttpResponse:
    """A person's word on one pair; both projects must be in sight."""
    form = DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有保存：" + "；".join(f"{form[name].label}：{errors[0]}" for name, errors in form.errors.items() if name in form.fields))
        return back_to(request, "project-alike")
    rows = Project.objects.visible_to(request.user).select_related("unit")
    given = form.cleaned_data
    one, other = (get_object_or_404(rows, pk=given[name]) for name in ("one", "other"))
    with telling(request) as told:
        decision = decide(one=one, other=other, verdict=given["verdict"], reason=given["reason"], by=request.user)
    if not told.refused:
        messages.success(request, f"已认定为“{decision.get_verdict_display()}”。")
    return back_to(request, "project-alike")
