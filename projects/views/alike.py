"""/projects/alike/: pairs of projects that look like duplicates or like one work split up, and what a person said about them."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from linkage import access, exports
from linkage.views.pages import back_to, needs, paged, telling
from projects.actions.alike import DECIDE, decide
from projects.actions.alike_pairs import EVERY_MINUTES
from projects.exports.alike import KIND
from projects.figures import alike
from projects.filters.alike import AlikeFilter
from projects.forms.alike import DecisionForm
from projects.models import AlikeKind, AlikePair, AlikeVerdict, Project

PER_PAGE = 20


@require_GET
@needs("period.read")
def alike_list(request: HttpRequest) -> HttpResponse:
    """Stored pairs of what the person sees; filters in the address; a constant number of queries."""
    filterset = AlikeFilter(request.GET, AlikePair.objects.visible_to(request.user), user=request.user)
    page = paged(request, filterset.qs.select_related("first__unit", "first__task", "second__unit", "second__task"), PER_PAGE)
    rows = list(page)
    context = {
        "page": page, "pairs": alike.as_pairs(rows, alike.decided(request.user, rows)), "filter_form": filterset.form, "as_of": alike.compared_at(),
        "numbers": filterset.qs.order_by().aggregate(splits=Count("pk", filter=Q(kind=AlikeKind.SPLIT)), open=Count("pk", filter=Q(is_decided=False))),
        "may_decide": access.may(request.user, DECIDE), "verdicts": AlikeVerdict.choices, "minutes": EVERY_MINUTES,
    }  # fmt: skip
    return render(request, "projects/alike.html", context)


@require_GET
@needs("export.run")
def alike_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, KIND)


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
