"""Who is told what about a 提请协调. A notice names the request and the project, no amounts."""

from __future__ import annotations

from datetime import datetime

from linkage import notify, periods
from linkage.models import Organisation, Role, Seat, User
from linkage.permissions import ROLE_PERMISSIONS
from projects.models import HelpRequest, Tier
from projects.states import help_requests as states

_ANSWERING = [role for role, permissions in ROLE_PERMISSIONS.items() if states.ANSWER in permissions]


def people_of(body: Organisation | None, on) -> list[User]:
    """Who answers for a body: its live seats that may."""
    if body is None:
        return []
    seats = Seat.objects.on(on).filter(organisation=body, role__in=_ANSWERING, user__is_active=True, user__is_service=False)
    return [seat.user for seat in seats.select_related("user")]


def office_people(request: HelpRequest, on) -> list[User]:
    above = request.unit.parent
    return [*notify.holders(Role.OFFICE_CLERK, above, on), *notify.holders(Role.OFFICE_HEAD, above, on)] if above else []


def county_people(request: HelpRequest, on) -> list[User]:
    return [*notify.holders(Role.COUNTY_CLERK, request.unit, on), *notify.holders(Role.COUNTY_CHIEF, request.unit, on)]


def answerers(request: HelpRequest, on) -> list[User]:
    """Those whose turn it is; for a body without log-ins the county's clerks, who record what it says."""
    if request.tier == Tier.COUNTY:
        return county_people(request, on)
    if request.tier == Tier.PREFECTURE:
        return office_people(request, on)
    return people_of(request.holder, on) or notify.holders(Role.COUNTY_CLERK, request.unit, on)


def askers(request: HelpRequest, on) -> list[User]:
    """Who asked; for a telephone call also the people of the body that carries the project out."""
    people = [request.raised_by]
    if request.is_by_phone and request.scope_implementer_id:
        seats = Seat.objects.on(on).filter(organisation=request.scope_implementer_id, role=Role.IMPLEMENTER, user__is_active=True)
        people += [seat.user for seat in seats.select_related("user")]
    return people


def _tell(request: HelpRequest, people, what: str, title: str, body: str = "", *, at: datetime, by=None, due_at: datetime | None = None) -> None:
    told = set(people) - {by}
    if told:
        notify.tell(
            told, key=f"help/{request.pk}/{what}/{request.revision}", title=title, body=body or _about(request), url=request.get_absolute_url(),
            due_at=due_at, at=at,
        )  # fmt: skip


def _about(request: HelpRequest) -> str:
    return f"{request.project or request.unit.name}：{request.text[:60]}"


def received(request: HelpRequest, *, at: datetime, by) -> None:
    """A new turn: whoever is asked now, after 提出, 转办 or 升级."""
    on = periods.day_of(at)
    _tell(request, answerers(request, on), "received", f"提请协调 {request.code} 待签收", at=at, by=by, due_at=request.sign_due_at)


def handed_on(request: HelpRequest, *, at: datetime, by, reason: str) -> None:
    on, words = periods.day_of(at), f"{request.code} 转由{request.holder_words}办理"
    _tell(request, askers(request, on), "handed-on", words, reason, at=at, by=by)
    if request.is_back_and_forth:
        _tell(request, office_people(request, on), "back-and-forth", f"{request.code} 在单位之间来回转办，已转 {request.transfers} 次", reason, at=at, by=by)


def signed(request: HelpRequest, *, at: datetime, by) -> None:
    people = askers(request, periods.day_of(at))
    _tell(request, people, "signed", f"{request.code} 已签收，承办人{request.signed_by}", at=at, by=by, due_at=request.answer_due_at)


def answered(request: HelpRequest, *, at: datetime, by, reply: str) -> None:
    _tell(request, askers(request, periods.day_of(at)), "answered", f"{request.code} 已办复，请确认是否解决", reply[:200], at=at, by=by)


def returned(request: HelpRequest, *, at: datetime, by, reason: str) -> None:
    people = {*answerers(request, periods.day_of(at)), *([request.signed_by] if request.signed_by else [])}
    title = f"{request.code} 退回再办（第 {request.rounds} 轮）"
    _tell(request, people, "returned", title, reason, at=at, by=by, due_at=request.answer_due_at)


def closed(request: HelpRequest, *, at: datetime, by) -> None:
    word = "已确认解决" if request.state == states.RESOLVED else "已撤回"
    _tell(request, answerers(request, periods.day_of(at)), "closed", f"{request.code} {word}", at=at, by=by)


def escalation_due(request: HelpRequest, *, above: list[User], at: datetime) -> None:
    """Twice the term has gone by: who asked may raise it, and those above know."""
    title = f"{request.code} 超过时限一倍仍未{'签收' if request.state == states.ASKED else '办复'}，可以升级"
    _tell(request, {*askers(request, periods.day_of(at)), *above}, "hint", title, f"{request.holder_words}；{_about(request)}", at=at)
