"""/help-requests/: what waits, one request as a conversation, its moves, and how bodies answer (features 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from linkage import access, exports, periods, rules, uploads
from linkage.views.pages import needs, paged, query_without, telling_form
from linkage.views.saved_views import views_for
from projects.actions import help_request as acts
from projects.actions.help_hats import Hats, hats
from projects.exports.help_request import LIST, TIMES
from projects.exports.procedure import span_of
from projects.figures import help_requests as figures
from projects.filters.help_request import ALL, MINE, SHOWS, TODO, HelpRequestFilter
from projects.forms.help_request import FORMS, StepForm
from projects.models import HelpFile, HelpRequest, HelpTransition
from projects.states import help_requests as states
from projects.views.help_lines import help_line

ACTIONS: dict[str, Callable] = {
    "sign": acts.sign, "answer": acts.reply, "forward": acts.forward, "confirm": acts.confirm, "reject": acts.reject, "escalate": acts.escalate,
    "withdraw": acts.withdraw,
}  # fmt: skip
DONE = {
    "sign": "已签收，由您承办", "answer": "已办复，等提请人确认", "forward": "已转办", "confirm": "已确认解决", "reject": "已退回再办", "escalate": "已升级",
    "withdraw": "已撤回",
}  # fmt: skip
_TONES = {"answer": "ok", "confirm": "ok", "reject": "warn", "forward": "warn", "escalate": "bad", "withdraw": "none", "sign": "info", "raise": "info"}
_PRIMARY = ("sign", "answer", "confirm")


# -- the list ----------------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def help_list(request: HttpRequest) -> HttpResponse:
    """待我办, 我提出的, 全部; overdue first. A constant number of queries."""
    at, user = periods.now(), request.user
    seen = HelpRequest.objects.visible_to(user)
    filterset = HelpRequestFilter(request.GET, seen, user=user, at=at)
    rows = figures.in_order(filterset.qs, at)
    found = figures.summary(filterset.qs, at)
    page = paged(request, rows.select_related(*figures.JOINS), count=found.total)
    work, chosen = rules.work_hours(on=periods.day_of(at)), filterset.form["show"].value()
    waiting, mine = seen.waiting_for(user, periods.day_of(at)).count(), seen.asked_by(user).open().count()
    context = {
        "page": page, "rows": [help_line(one, at, work) for one in page], "summary": found, "filter_form": filterset.form, "chosen": chosen,
        "tabs": _tabs(request, chosen, waiting, mine), "mine": mine, "several_units": "unit" in filterset.filters, "saved_views": views_for(request), "at": at,
        "may_register": access.may(user, states.ANSWER), "is_acting": access.may(user, states.RAISE) or access.may(user, states.ANSWER),
    }  # fmt: skip
    return render(request, "help_requests/list.html", context)


def _tabs(request: HttpRequest, chosen: str, waiting: int, mine: int) -> list[dict[str, Any]]:
    rest = query_without(request, "show")
    tail = f"&{rest}" if rest else ""
    asks = access.may(request.user, states.RAISE) or access.may(request.user, states.ANSWER)
    shown = [(name, label) for name, label in SHOWS if asks or name == ALL]
    counts = {TODO: waiting, MINE: mine}
    return [{"label": label, "url": f"?show={name}{tail}", "active": name == chosen, "count": counts.get(name)} for name, label in shown]


@require_GET
@needs("export.run")
def help_export(request: HttpRequest) -> HttpResponse:
    """Excel of exactly what is shown, whatever the page."""
    return exports.respond(request, LIST)


# -- one request -------------------------------------------------------------------------------------------------------------


def _seen(request: HttpRequest, pk: int) -> HelpRequest:
    """404 out of sight."""
    return get_object_or_404(HelpRequest.objects.visible_to(request.user).select_related(*figures.JOINS, "project__unit", "contact"), pk=pk)


@require_GET
def help_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _seen(request, pk))


@dataclass(frozen=True)
class Step:
    """One move on the page with its form; the first one is what is expected next."""

    move: states.Move
    form: StepForm
    is_primary: bool

    @property
    def is_bare(self) -> bool:
        """Only a button: nothing to fill in."""
        return not self.form.visible_fields()


def _steps(help_request: HelpRequest, found: Hats, on, bound: tuple[str, StepForm] | None) -> list[Step]:
    """What this person can do now, in the order of the table; the office's own word (指定) is a 转办."""
    steps = []
    for name, move in states.TRANSITIONS.items():
        if help_request.state not in move.sources or not found.for_move(move):
            continue
        if move is states.ESCALATE and help_request.tier == states.PREFECTURE:
            continue
        form = bound[1] if bound and bound[0] == name else step_form(name, help_request, found, on)
        mine = found.answerer or found.recorder if move.side == states.ANSWERER else found.asker
        steps.append(Step(move, form, name in _PRIMARY and bool(mine)))
    return sorted(steps, key=lambda step: not step.is_primary)


def step_form(name: str, help_request: HelpRequest, found: Hats, on, *data) -> StepForm:
    """An unknown name does not exist: 404."""
    if name not in FORMS:
        raise Http404
    extra = {"limit": rules.get("help_transfers", on=on)} if name == states.FORWARD.name else {}
    return FORMS[name](*data, request=help_request, hats=found, on=on, auto_id=f"{name}-%s", **extra)


def _page(request: HttpRequest, one: HelpRequest, bound: tuple[str, StepForm] | None = None, status: int = 200) -> HttpResponse:
    """The conversation, whose hands the time went through, and the next step. A refused form is kept as it was typed."""
    at = periods.now()
    on = periods.day_of(at)
    work, found = rules.work_hours(on=on), hats(request.user, one, on=on)
    moves = list(one.transitions.select_related("from_body", "to_body").prefetch_related("files__upload"))
    steps = _steps(one, found, on, bound)
    what, who = states.NEXT_STEP.get(one.state, ("", ""))
    context = {
        "help": one, "look": figures.look(one, at), "words": figures.clock_words(one, at, work), "entries": [_entry(one, row) for row in moves],
        "split": figures.split_of(one, moves, at, work), "total": figures.length_words(work.minutes_between(one.raised_at, one.closed_at or at)),
        "steps": steps, "what": what, "who": one.holder_words if one.state in states.WITH_BODY else who, "hats": found, "facts": _facts(one),
        "refused": bound[1] if bound else None, "limit": rules.get("help_transfers", on=on), "hours": work.hours.words,
        "is_hinted": one.hinted_at is not None and one.state in states.WITH_BODY,
    }  # fmt: skip
    return render(request, "help_requests/page.html", context, status=status)


def _entry(one: HelpRequest, row: HelpTransition) -> dict[str, Any]:
    """One line of the conversation; hand-overs say to whom, late ones say so."""
    what = {"raise": "代登记来电" if one.is_by_phone else "提请协调", "forward": "指定承办单位" if row.is_decided else "转办"}.get(row.name, row.label)
    if row.name in states.HANDED_ON:
        to = figures.holder_words(row.to_tier, row.to_body, one.unit)
        what = f"{what}：{to}{f'，对接人 {row.contact_name}' if row.contact_name else ''}"
    spent = ""
    if row.name != "raise":
        side = figures.holder_words(row.from_tier, row.from_body, one.unit) if row.source in states.WITH_BODY else "提请人"
        spent = f"{side}用时 {figures.length_words(row.minutes)}{'，超时' if row.is_late else ''}"
    who = f"{one.caller}来电，{row.by_name}登记" if row.name == "raise" and one.is_by_phone else f"{row.by_name} {row.seat}".strip()
    return {
        "at": row.at, "who": f"{who}{'（代录）' if row.is_recorded else ''}", "what": what, "text": row.reason, "note": spent,
        "tone": "bad" if row.is_late else _TONES.get(row.name, "none"), "files": [(file.upload.name, file.pk) for file in row.files.all()],
    }  # fmt: skip


def _facts(one: HelpRequest) -> list[tuple]:
    project = (one.project.name, one.project.get_absolute_url()) if one.project else ("",)
    procedure = (str(one.procedure.kind), one.procedure.get_absolute_url()) if one.procedure else ("",)
    items = [
        ("项目", *project), ("县（市、区）", one.unit.name), ("手续", *procedure), ("事项", str(one.matter or "")), ("提请人", one.asker_words),
        ("提出", _moment(one.raised_at)), ("来源", one.origin_label or one.get_origin_display(), one.origin_url), ("现承办单位", one.holder_words),
        ("对接人", one.contact_name), ("承办人", str(one.signed_by or "")), ("签收时限", _moment(one.sign_due_at) if one.state == states.ASKED else ""),
        ("办复时限", _moment(one.answer_due_at) if one.state in states.WITH_BODY else ""),
        ("上次办复" if one.state in states.WITH_BODY else "办复", _moment(one.answered_at)),
        ("转办", f"{one.transfers} 次" if one.transfers else ""), ("升级", f"{one.escalations} 次" if one.escalations else ""),
    ]  # fmt: skip
    return [item for item in items if item[1]]


def _moment(at) -> str:
    return periods.moment_words(at) if at else ""


@require_POST
def help_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """One move, one form, one action. A refusal shows the page as it stands now, with what was typed."""
    one, on = _seen(request, pk), periods.today()
    found = hats(request.user, one, on=on)
    form = step_form(name, one, found, on, request.POST, request.FILES)
    move = states.TRANSITIONS[name]
    if not found.for_move(move):
        right = states.ANSWER if move.side == states.ANSWERER else states.RAISE
        raise access.Denied(f"“{move.label}”由{'被提请的单位' if move.side == states.ANSWERER else '提请的一方'}办理。", right, target=one)
    if not form.is_valid():
        return _page(request, one, (name, form), 422)
    with telling_form(form, one) as told:
        ACTIONS[name](request=one, by=request.user, **form.values)
    if told.refused:
        return _page(request, _seen(request, pk), (name, form), 409)
    messages.success(request, f"{one.code} {DONE[name]}{f'：{one.holder_words}' if name in states.HANDED_ON else ''}。")
    return redirect(one)


@require_GET
def help_file(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """An attachment, for those who see the request."""
    one = _seen(request, pk)
    return uploads.send(get_object_or_404(HelpFile.objects.select_related("upload"), pk=number, transition__subject=one).upload)


# -- how bodies answer ---------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def help_times(request: HttpRequest) -> HttpResponse:
    """Per body; the office, leaders and auditors read all of them, a body or a county's office its own."""
    at = periods.now()
    year, since, until = span_of(request.GET.get("year", ""), periods.day_of(at))
    rows = figures.times_in_sight(request.user, since=since, until=until, at=at)
    context = {
        "rows": rows, "year": year, "years": [at.year - n for n in range(3)], "as_of": until, "small": figures.SMALL,
        "received": sum(row.received for row in rows), "late": sum(row.late for row in rows), "passed_on": sum(row.passed_on for row in rows),
        "has_small": any(row.small for row in rows), "is_whole": bool(figures.sight_of_times(request.user)[0]),
    }  # fmt: skip
    return render(request, "help_requests/times.html", context)


@require_GET
@needs("export.run")
def help_times_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, TIMES)

