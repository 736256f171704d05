"""Who is told what about a procedure. A notice names project and procedure, no amounts."""

from __future__ import annotations

from datetime import datetime

from linkage import notify, periods
from linkage.models import Role, Seat, User
from projects.models import Procedure
from projects.states import procedures as states

TO_BODY = (states.APPLY, states.CORRECTED, states.SUPPLIED, states.WITHDRAW)
TO_COUNTY = (states.ASK_CORRECTION, states.ACCEPT_TOLERANT, states.NOT_ACCEPT, states.REFUSE, states.GRANT)


def in_seats_of(procedure: Procedure, on) -> list[User]:
    """The people of the 承办单位."""
    if procedure.handler_id is None:
        return []
    seats = Seat.objects.on(on).filter(organisation=procedure.handler_id, user__is_active=True, user__is_service=False).select_related("user")
    return [seat.user for seat in seats]


def county_clerks(procedure: Procedure, on) -> list[User]:
    return notify.holders(Role.COUNTY_CLERK, procedure.project.unit, on)


def stepped(procedure: Procedure, transition: states.Move, *, by, by_county: bool, at: datetime) -> None:
    """The side that has to act next is told; a body also of what the county recorded in its name."""
    on, word = periods.day_of(at), states.move_words(procedure.kind.nature, transition)
    people: set[User] = set()
    if transition in TO_BODY or (by_county and transition.side == states.BODY):
        people |= set(in_seats_of(procedure, on))
    if transition in TO_COUNTY and not by_county:
        people |= set(county_clerks(procedure, on))
    if not people - {by}:
        return
    waits = "，请确认或提出异议" if by_county and transition.side == states.BODY else ""
    notify.tell(
        people - {by}, key=f"procedure/{procedure.pk}/{transition.name}/{procedure.revision}",
        title=f"{procedure.kind}：{word}{'（县级代录）' if waits else ''}", body=f"{procedure.project}{waits}", url=procedure.get_absolute_url(),
        due_at=periods.moment(procedure.due_on, 24) if procedure.due_on and procedure.state in states.RUNNING else None, at=at,
    )  # fmt: skip


def disputed(procedure: Procedure, reason: str, *, at: datetime) -> None:
    people = county_clerks(procedure, periods.day_of(at))
    notify.tell(
        people, key=f"procedure/{procedure.pk}/disputed/{procedure.revision}", title=f"{procedure.kind}：承办单位对代录有异议",
        body=f"{procedure.project}：{reason}", url=procedure.get_absolute_url(), at=at,
    )  # fmt: skip


def greened(procedure: Procedure, *, at: datetime) -> None:
    notify.tell(
        in_seats_of(procedure, periods.day_of(at)), key=f"procedure/{procedure.pk}/green/{procedure.revision}",
        title=f"{procedure.kind}列入绿色通道", body=str(procedure.project), url=procedure.get_absolute_url(), at=at,
    )  # fmt: skip


def recorded(procedures: list[Procedure], *, at: datetime) -> None:
    """One notice per body for all that the county recorded for it at once. Two queries per body."""
    by_body: dict[int, list[Procedure]] = {}
    for procedure in procedures:
        by_body.setdefault(procedure.handler_id, []).append(procedure)
    for rows in by_body.values():
        notify.tell(
            in_seats_of(rows[0], periods.day_of(at)), key=f"procedures/recorded/{rows[0].handler_id}/{at:%Y%m%d%H%M%S}",
            title=f"县级代录 {len(rows)} 项手续待确认", body="请核对日期和文号后确认，或提出异议。", url="/procedures/?state=unconfirmed", at=at,
        )  # fmt: skip
