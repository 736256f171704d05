"""Several procedures at once: confirming what the county recorded, handing over to another body (features 3.2)."""

from __future__ import annotations

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from linkage import periods
from linkage.errors import Refusal
from linkage.models import Organisation
from linkage.views.pages import needs, refusal_words, telling_form
from projects.actions import handover as acts
from projects.actions.procedure import confirm_records
from projects.figures.procedures import JOINS
from projects.figures.stranded import Stranded, stranded
from projects.forms.procedure import HandOverForm
from projects.models import Procedure
from projects.states import procedures as states
from projects.views.procedures import hand_over_form, page_of, procedure_in_sight

MOST = 500  # ticks of one page
_PICK = re.compile(r"([0-9]{1,18}):([0-9]{1,9})")


def ticked(request: HttpRequest) -> dict[int, int]:
    """Procedure id → the revision the person saw, from the ticks `pick`; what is none is left out."""
    found = (_PICK.fullmatch(value) for value in request.POST.getlist("pick")[:MOST])
    return {int(one[1]): int(one[2]) for one in found if one}


@require_POST
@needs(states.ACT, states.ANSWER_FOR)
def confirm_many(request: HttpRequest) -> HttpResponse:
    """Each for itself: what can be confirmed is, and of the others the page says why not."""
    seen = ticked(request)
    if not seen:
        messages.error(request, "没有选择手续。请勾选要确认的代录。")
        return redirect("procedure-desk")
    rows = Procedure.objects.visible_to(request.user).select_related(*JOINS).in_bulk(list(seen))
    results = [_confirmed(request, rows.get(pk), revision) for pk, revision in seen.items()]
    done = sum(result["ok"] for result in results)
    return render(request, "procedures/confirmed.html", {"results": results, "done": done, "left": len(results) - done})


def _confirmed(request: HttpRequest, procedure: Procedure | None, revision: int) -> dict:
    if procedure is None:
        return {"procedure": None, "ok": False, "words": "不在您可见的范围内，没有确认。"}
    try:
        confirm_records(procedure=procedure, by=request.user, revision=revision)
    except (Refusal, PermissionDenied) as refused:
        return {"procedure": procedure, "ok": False, "words": refusal_words(refused) if isinstance(refused, Refusal) else str(refused)}
    return {"procedure": procedure, "ok": True, "words": "已确认"}


@require_POST
def hand_over_one(request: HttpRequest, pk: int) -> HttpResponse:
    procedure = procedure_in_sight(request, pk)
    if not acts.may_hand_over(request.user, procedure):
        raise PermissionDenied("只有承办单位、本县填报员和地区专班办公室能转交手续。")
    form = hand_over_form(procedure, request.POST)
    if not form.is_valid():
        return page_of(request, procedure, ("hand_over", form), 422)
    with telling_form(form, procedure) as told:
        revision = request.POST.get("revision", "")
        acts.hand_over(procedure=procedure, by=request.user, revision=int(revision) if revision.isdigit() else -1, **form.cleaned_data)
    if told.refused:
        return page_of(request, procedure_in_sight(request, pk), ("hand_over", form), 409)
    messages.success(request, f"{procedure.kind}：已转交{procedure.handler}（{procedure.project}），双方都会收到通知。")
    return redirect("procedure-desk") if Procedure.objects.visible_to(request.user).filter(pk=pk).first() is None else redirect("procedure", pk)


@require_http_methods(["GET", "POST"])
@needs(states.HAND_OVER)
def handover(request: HttpRequest) -> HttpResponse:
    """Bodies that are gone with what they hold, and one act per body to hand it to the successor."""
    if request.method == "GET":
        return _handover_page(request)
    body = get_object_or_404(Organisation, pk=request.POST.get("body") if request.POST.get("body", "").isdigit() else 0)
    group = next((one for one in stranded(request.user, on=periods.today()) if one.body == body), None)
    if group is None:
        messages.info(request, f"{body}名下已没有要转交的手续。")
        return redirect("procedure-handover")
    form = HandOverForm(request.POST, units=group.units, holder=body.pk, prefix=f"b{body.pk}")
    if not form.is_valid():
        return _handover_page(request, {body.pk: form}, 422)
    with telling_form(form) as told:
        rows = acts.hand_over_all(seen=ticked(request), by=request.user, **form.cleaned_data)
    if told.refused:
        return _handover_page(request, {body.pk: form}, 409)
    messages.success(request, f"已把 {len(rows)} 项手续转交{form.cleaned_data['to']}，双方和有关县都会收到通知。")
    return redirect("procedure-handover")


def _handover_page(request: HttpRequest, bound: dict[int, HandOverForm] | None = None, status: int = 200) -> HttpResponse:
    bound, today = bound or {}, periods.today()
    groups = [{"found": one, "form": bound.get(one.body.pk) or _form(one)} for one in stranded(request.user, on=today)]
    kept = set(request.POST.getlist("pick")) if bound else None
    context = {"groups": groups, "kept": kept, "as_of": today, "refused": next(iter(bound.values()), None), "count": sum(len(g["found"].lines) for g in groups)}
    return render(request, "procedures/handover.html", context, status=status)


def _form(one: Stranded) -> HandOverForm:
    initial = {"to": one.successor.pk} if one.successor else {}
    return HandOverForm(units=one.units, holder=one.body.pk, initial=initial, prefix=f"b{one.body.pk}")
