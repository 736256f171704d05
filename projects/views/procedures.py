"""/procedures/: the department's desk, one procedure, and the steps (ui: Department desk)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from linkage import access, exports, periods
from linkage.figures.contacts import Liaison, people_for, person_for
from linkage.periods import WorkCalendar
from linkage.views.pages import Told, back_to, needs, paged, telling_form
from linkage.views.saved_views import views_for
from projects.actions import procedure as acts
from projects.actions.handover import may_hand_over
from projects.actions.help_hats import may_raise
from projects.exports.procedure import DESK
from projects.figures.checklist import Handlers
from projects.figures.procedures import JOINS, STANDING, Line, line, lines_of, ranked
from projects.filters.procedure import ProcedureFilter
from projects.forms.procedure import AnyStepForm, GreenForm, HandOverForm, ReasonForm, RevisionForm, StepForm
from projects.models import Confirmation, HelpRequest, Procedure
from projects.models.procedure import UNSETTLED
from projects.states import procedures as states
from projects.views.documents import box
from projects.views.help_lines import help_lines

HEADINGS = {acts.Capacity.BODY: "本部门办理的手续", acts.Capacity.COUNTY: "本县项目的手续"}


@require_GET
@needs("period.read")
def procedure_desk(request: HttpRequest) -> HttpResponse:
    """What waits, green channel first, then money × days; acts in the row. A constant number of queries."""
    today, user = periods.today(), request.user
    filterset = ProcedureFilter(request.GET, Procedure.objects.visible_to(user), user=user, on=today)
    order, summary, beside = ranked(filterset.qs, user=user, as_of=today)
    page = paged(request, order)
    lines = lines_of([one.pk for one in page], as_of=today, beside=beside)
    rows = [with_acts(user, found) for found in lines]
    context = {
        "page": page, "rows": with_liaisons(rows, today), "to_confirm": sum(row["may_answer"] for row in rows), "stranded": _stranded(user),
        "summary": summary, "filter_form": filterset.form, "as_of": today,
        "chosen": filterset.form["state"].value(), "is_body": access.may(user, states.ACT), "is_county": access.may(user, states.RECORD),
        "several_units": "unit" in filterset.filters, "saved_views": views_for(request), "may_import": access.may(user, "procedure.import"),
    }  # fmt: skip
    return render(request, "procedures/desk.html", context)


def _stranded(user) -> int:
    """Procedures at bodies that are gone, for those who can hand them over."""
    return Procedure.objects.visible_to(user).stranded().count() if access.may(user, states.HAND_OVER) else 0


@require_GET
@needs("export.run")
def procedure_export(request: HttpRequest) -> HttpResponse:
    """Excel of exactly what is shown, whatever the page."""
    return exports.respond(request, DESK)


def with_acts(user, found: Line) -> dict[str, Any]:
    """A row with what this person can do to it, asked of the rights in memory."""
    procedure = found.procedure
    acting = acts.capacity(user, procedure)
    moves = [move for move in states.moves_from(procedure.state) if procedure.is_applicable or move not in (states.APPLY, states.SPARE)]
    return {
        "line": found, "procedure": procedure, "acting": acting,
        "form": StepForm(procedure=procedure, moves=moves) if acting and moves else None, "is_recording": acting == acts.Capacity.COUNTY,
        "may_answer": procedure.confirmation in UNSETTLED and acts.may_answer(user, procedure),
        "may_hand_over": procedure.state in states.OPEN and may_hand_over(user, procedure),
        "may_dispute": procedure.confirmation in (Confirmation.WAITING, Confirmation.CONFIRMED) and acts.may_answer(user, procedure),
        "may_green": (acting == acts.Capacity.BODY or access.may(user, states.GREEN, procedure)) and procedure.state not in states.SETTLED,
    }  # fmt: skip


def with_liaisons(rows: list[dict[str, Any]], on: date) -> list[dict[str, Any]]:
    """Rows with the “一对一” person behind each. Four queries whatever the number."""
    found = people_for([(row["procedure"].project.unit, row["procedure"].kind.matter) for row in rows], on)
    return [row | {"liaison": found.get((row["procedure"].project.unit_id, row["procedure"].kind.matter_id))} for row in rows]


def hand_over_form(procedure: Procedure, data=None) -> HandOverForm:
    """The present answer of the directory is offered first."""
    answer, _ = Handlers.on(periods.today()).of(procedure.project.unit_id, procedure.kind.matter_id)
    initial = {"to": answer.pk} if answer and answer.pk != procedure.handler_id else {}
    return HandOverForm(data, units=[procedure.project.unit], holder=procedure.handler_id, initial=initial)


def procedure_in_sight(request: HttpRequest, pk: int) -> Procedure:
    """404 out of sight."""
    rows = Procedure.objects.visible_to(request.user).select_related(*JOINS).prefetch_related(STANDING, "kind__exemptions")
    return get_object_or_404(rows, pk=pk)


@require_GET
def procedure_page(request: HttpRequest, pk: int) -> HttpResponse:
    return page_of(request, procedure_in_sight(request, pk))


def page_of(request: HttpRequest, procedure: Procedure, bound: tuple[str, forms.Form] | None = None, status: int = 200) -> HttpResponse:
    """Facts, clock, the record, and what can be done; a refused form is kept as it was typed."""
    found = line(procedure, as_of=periods.today(), calendar=WorkCalendar.load())
    row, (name, form) = with_acts(request.user, found), bound or ("", None)
    if name == "step":
        row["form"] = form
    hand_over = hand_over_form(procedure) if row["may_hand_over"] else None
    events = list(procedure.transitions.select_related("answered_by", "voided_by", "handler_from", "handler_to").order_by("pk"))
    last = next((event for event in reversed(events) if event.voided_at is None and event.name in states.TRANSITIONS), None)
    may_take_back = last is not None and (row["acting"] == acts.Capacity.BODY or (row["acting"] == acts.Capacity.COUNTY and last.is_by_county))
    context = row | {
        "entries": _timeline(procedure, events), "box": box(request.user, procedure),
        "facts": _facts(procedure, person_for(procedure.project.unit, procedure.kind.matter, periods.today())), "refused": form, "revision": procedure.revision,
        "may_ask": may_raise(request.user, procedure.project), "helps": help_lines(HelpRequest.objects.visible_to(request.user).filter(procedure=procedure)),
        "last": last, "may_take_back": may_take_back, "grounds": list(procedure.kind.exemptions.all()), "reason_form": form if name == "answer" else None,
        "hand_over_form": form if name == "hand_over" else hand_over,
        "dispute": next((event for event in reversed(events) if event.confirmation == Confirmation.DISPUTED and event.voided_at is None), None),
    }  # fmt: skip
    return render(request, "procedures/procedure.html", context, status=status)


def _facts(procedure: Procedure, liaison: Liaison | None) -> list[tuple]:
    days = procedure.legal_days, procedure.promised_days
    return [
        ("项目", procedure.project.name, procedure.project.get_absolute_url()), ("县（市、区）", procedure.project.unit.name),
        ("事项", procedure.kind.matter.name), ("类型", procedure.kind.get_nature_display()),
        ("承办单位", procedure.handler_words + (f"（{procedure.handler_note}）" if procedure.handler_note else "")),
        ("“一对一”对接", liaison.words if liaison else ""),
        ("申请", _day(procedure.applied_on)), ("受理", _day(procedure.accepted_on)), ("办结", _day(procedure.ended_on)), ("文号", procedure.document_no),
        ("法定时限", f"{days[0]} 个工作日" if days[0] is not None else ""), ("承诺时限", f"{days[1]} 个工作日" if days[1] is not None else ""),
        ("承诺到期", _day(procedure.promised_due_on)), ("法定到期", _day(procedure.legal_due_on)), ("免办依据", procedure.exemption),
        ("绿色通道", procedure.green_reason),
    ]  # fmt: skip


def _day(day) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


def _timeline(procedure: Procedure, events) -> list[dict]:
    entries = []
    for event in events:
        move = states.TRANSITIONS.get(event.name)
        what = states.move_words(procedure.kind.nature, move) if move else event.label
        parts = [f"发生日期 {event.on:%Y-%m-%d}" if event.on else "", f"文号 {event.document}" if event.document else "", event.reason]
        if event.handler_to_id:
            parts.insert(1, f"由{event.handler_from or '未明确的单位'}转交{event.handler_to}")
        if event.confirmation:
            parts.append(f"{event.get_confirmation_display()}{f'（{event.answered_by}）' if event.answered_by_id else ''}")
        if event.dispute:
            parts.append(f"异议：{event.dispute}")
        if event.voided_at:
            parts.append(f"已更正，不再计入：{event.void_reason}（{event.voided_by}）")
        tone = "none" if event.voided_at else "bad" if event.confirmation == Confirmation.DISPUTED else "info"
        who = f"{event.by_name} {event.seat}".strip() + ("（代录）" if event.is_by_county and move and move.side == states.BODY else "")
        entries.append({"at": event.at, "who": who, "what": what, "text": "；".join(part for part in parts if part), "tone": tone})
    return entries


# -- acts -------------------------------------------------------------------------------------------------------------------


@require_POST
def procedure_step(request: HttpRequest, pk: int) -> HttpResponse:
    """One step; from the desk back to the desk. A refusal shows the page with what was typed."""
    procedure = procedure_in_sight(request, pk)
    if acts.capacity(request.user, procedure) is None:
        raise PermissionDenied("只有承办单位和县级填报员能办理这项手续。")
    form = AnyStepForm(request.POST, procedure=procedure)
    if not form.is_valid():
        return page_of(request, procedure, ("step", form), 422)
    move = form.cleaned_data.pop("transition")
    with telling_form(form, procedure) as told:
        acts.record_step(procedure=procedure, transition=move, by=request.user, **form.cleaned_data)
    return _done(request, procedure, told, ("step", form), f"已{states.move_words(procedure.kind.nature, move)}")


def _done(request: HttpRequest, procedure: Procedure, told: Told, bound: tuple[str, forms.Form], what: str) -> HttpResponse:
    """Back to where the person came from, or the page as it stands now with what was typed."""
    if told.refused:
        return page_of(request, procedure_in_sight(request, procedure.pk), bound, 409)
    messages.success(request, f"{procedure.kind}：{what}（{procedure.project}）。")
    return back_to(request, "procedure", procedure.pk)


def _answer(request: HttpRequest, pk: int, form: forms.Form, act: Callable, done: str) -> HttpResponse:
    procedure = procedure_in_sight(request, pk)
    if not form.is_valid():
        return page_of(request, procedure, ("answer", form), 422)
    with telling_form(form, procedure) as told:
        act(procedure=procedure, by=request.user, **form.cleaned_data)
    return _done(request, procedure, told, ("answer", form), done)


@require_POST
def procedure_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, RevisionForm(request.POST), acts.confirm_records, "已确认县级代录")


@require_POST
def procedure_dispute(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, ReasonForm(request.POST), acts.dispute_record, "已提出异议，县里会收到")


@require_POST
def procedure_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, ReasonForm(request.POST), acts.take_back_step, "最近一步已更正，不再计入")


@require_POST
def procedure_green(request: HttpRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, GreenForm(request.POST), acts.mark_green, "绿色通道已更新")
