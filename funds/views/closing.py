"""年终结算: the steps with their numbers, the rows to decide, closing, opening again by two persons."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from funds import states
from funds.actions import closing as acts
from funds.figures.closing import carried_over, obstacles, rows_of, sums_of
from funds.forms import CarryForm, ReasonForm
from funds.models import CarryDecision, YearClosing
from funds.views.common import form_page
from linkage import access, exports, periods, rules
from linkage.models import Region, RegionKind
from linkage.money import wan_text
from linkage.states import allowed
from linkage.views.pages import needs, paged, refusal_to_message, telling, telling_form


@require_safe
@needs("period.read")
def closing_list(request):
    """One line a year; who may close is offered the years that have begun to end."""
    closings = list(YearClosing.objects.visible_to(request.user).select_related("region", "closed_by").order_by("-year", "region__path"))
    for closing in closings:
        closing.sums = sums_of(rows_of(closing, request.user))
    known = {(closing.region_id, closing.year) for closing in closings}
    offered = [(region, year) for region in _regions(request.user) for year in _years(periods.today()) if (region.pk, year) not in known]
    return render(request, "funds/closing_list.html", {"closings": closings, "offered": offered, "as_of": periods.today()})


def _regions(user) -> list[Region]:
    return [region for region in Region.objects.filter(kind=RegionKind.PREFECTURE, is_active=True) if access.may(user, states.CLOSE_RIGHT, region)]


def _years(today) -> tuple[int, ...]:
    """Last year, and from December on this one."""
    return (today.year - 1, *((today.year,) if today.month == 12 else ()))


@require_POST
@needs(states.CLOSE_RIGHT)
@refusal_to_message(lambda request: reverse("closing-list"))
def closing_begin(request):
    region = get_object_or_404(Region.objects.filter(kind=RegionKind.PREFECTURE), slug=request.POST.get("region", ""))
    year = request.POST.get("year", "")
    year = int(year) if year.isdecimal() and len(year) == 4 else periods.today().year - 1
    closing = acts.begin_closing(region=region, year=year, by=request.user)
    return redirect("closing-detail", pk=closing.pk)


def _closing(request, pk: int) -> YearClosing:
    return get_object_or_404(YearClosing.objects.visible_to(request.user).select_related("region", "closed_by", "asked_by"), pk=pk)


@require_safe
@needs("period.read")
def closing_detail(request, pk):
    closing, at = _closing(request, pk), periods.now()
    rows = rows_of(closing, request.user)
    shown = rows.filter(kind="", left_yuan__gt=0) if request.GET.get("undecided") else rows
    is_open, whole = closing.state == states.PREPARING, access.sees_whole(request.user, closing.region.path)
    page = paged(request, shown)
    for row in page:
        row.may_decide = is_open and row.event_id is None and row.left_yuan > 0 and access.may(request.user, states.CARRY_RIGHT, row)
    found = obstacles(closing, at) if is_open and whole else []
    context = {
        "closing": closing, "page": page, "sums": sums_of(rows), "is_open": is_open, "whole": whole, "as_of": periods.today(),
        "bars": [one for one in found if one.is_bar], "hints": [one for one in found if not one.is_bar],
        "carried": carried_over(closing, at) if whole else [], "may_close": is_open and access.may(request.user, states.CLOSE_RIGHT, closing),
        "may_carry": is_open and any(row.may_decide and not row.kind for row in page), "undecided_only": bool(request.GET.get("undecided")),
        "moves": [(name, move.label) for name, move in REOPENING.items() if allowed(closing, move, request.user)],
        "years": rules.get("carry_over_years", on=periods.today()),
        "transitions": _steps(closing),
    }  # fmt: skip
    return render(request, "funds/closing_detail.html", context)


def _steps(closing: YearClosing) -> list:
    steps = list(closing.transitions.order_by("pk"))
    for step in steps:
        step.label = states.TRANSITIONS[step.name].label
    return steps


@require_safe
@needs("export.run")
def closing_export(request, pk):
    return exports.respond(request, "year-closing", {"closing": _closing(request, pk).pk})


@require_POST
@needs(states.CLOSE_RIGHT)
def closing_compute(request, pk):
    closing = _closing(request, pk)
    with telling(request) as told:
        acts.compute(closing=closing, by=request.user)
    if not told.refused:
        messages.success(request, "已重新计算年末余额；金额没有变的保留原来的确认。")
    return redirect("closing-detail", pk=pk)


@require_POST
@needs(states.CARRY_RIGHT)
def closing_decide_all(request, pk):
    closing = _closing(request, pk)
    with telling(request) as told:
        number = acts.decide_as_proposed(closing=closing, decisions=rows_of(closing, request.user), by=request.user)
    if not told.refused:
        messages.success(request, f"已按建议确认 {number} 笔。")
    return redirect("closing-detail", pk=pk)


@require_http_methods(["GET", "POST"])
@needs(states.CARRY_RIGHT)
def carry_decide(request, pk):
    rows = CarryDecision.objects.visible_to(request.user).select_related("allocation__project__unit", "allocation__county_allocation__batch", "closing__region")
    decision = get_object_or_404(rows, pk=pk)
    if not access.may(request.user, states.CARRY_RIGHT, decision):
        raise access.Denied("结转、结余由财政部门确认。", states.CARRY_RIGHT, target=decision)
    form = CarryForm(request.POST or None, initial={"kind": decision.kind or decision.proposed, "reason": decision.reason, "document_no": decision.document_no})
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            acts.decide(decision=decision, **form.cleaned_data, by=request.user)
        if not told.refused:
            return redirect(f"{reverse('closing-detail', args=[decision.closing_id])}#r{decision.pk}")
    return form_page(
        request, form, heading=f"“{decision.allocation.project}”的年末余额", submit="确认", hint=_hint(decision),
        trail=[("年终结算", reverse("closing-list")), (str(decision.closing), reverse("closing-detail", args=[decision.closing_id]))],
    )  # fmt: skip


def _hint(decision: CarryDecision) -> str:
    batch = decision.allocation.county_allocation.batch
    why = "连续两年未用完，按结余处理" if decision.is_overdue else "项目已验收，不再需要支付" if decision.proposed == "surplus" else "项目还要支付"
    return (
        f"{batch.fund_year} 年{batch.get_level_display()}资金（{batch.document_no}）：安排 {wan_text(decision.arranged_yuan)} 万元，累计支出 "
        f"{wan_text(decision.paid_yuan)} 万元，余额 {wan_text(decision.left_yuan)} 万元。建议{decision.get_proposed_display()}：{why}。"
    )  # fmt: skip


@require_POST
@needs(states.CLOSE_RIGHT)
def closing_close(request, pk):
    closing = _closing(request, pk)
    revision = request.POST.get("revision", "")
    with telling(request) as told:
        acts.close(closing=closing, revision=int(revision) if revision.isdecimal() else None, by=request.user)
    if not told.refused:
        messages.success(request, f"{closing.year} 年度已结账。结余已收回到批次，结转资金在新年度继续支出；新年度的节点和规则已拟好，待核对。")
    return redirect("closing-detail", pk=pk)


REOPENING = {"ask": states.ASK_REOPEN, "agree": states.REOPEN, "refuse": states.KEEP_CLOSED}


@require_http_methods(["GET", "POST"])
@needs(states.CLOSE_RIGHT)
def closing_reopen(request, pk, move):
    """Three moves of one page: ask (first person), agree or refuse (another)."""
    closing, transition = _closing(request, pk), REOPENING[move]
    if not access.may(request.user, states.CLOSE_RIGHT, closing):
        raise access.Denied("您的岗位不能办理这一步。", states.CLOSE_RIGHT, target=closing)
    form = ReasonForm(request.POST if request.method == "POST" else None, required=move != "agree")
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            _move(move, closing, form.cleaned_data["reason"], request.user)
        if not told.refused:
            return redirect("closing-detail", pk=pk)
    return form_page(
        request, form, heading=f"{closing}：{transition.label}", submit=transition.label, hint=HINTS[move],
        trail=[("年终结算", reverse("closing-list")), (str(closing), reverse("closing-detail", args=[pk]))],
    )  # fmt: skip


HINTS = {
    "ask": "重新开账须由两人办理：您写明理由，另一人同意后才能改动本年度的数。",
    "agree": "同意后本年度的数可以更正，更正完须重新计算、确认并结账；已收回的结余和已结转的资金不会自动撤销。",
    "refuse": "本年度保持结账状态。",
}


def _move(move: str, closing: YearClosing, reason: str, by) -> None:
    if move == "ask":
        acts.ask_reopen(closing=closing, reason=reason, by=by)
    elif move == "agree":
        acts.reopen(closing=closing, by=by)
    else:
        acts.keep_closed(closing=closing, reason=reason, by=by)
