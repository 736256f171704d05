"""Who is told what about a procedure. A notice names project and procedure, no amounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from linkage import notify, periods
from linkage.models import Organisation, Region, Role, Seat, User
from projects.models import Procedure, ProcedureKind
from projects.states import procedures as states

TO_BODY = (states.APPLY, states.CORRECTED, states.SUPPLIED, states.WITHDRAW)
TO_COUNTY = (states.ASK_CORRECTION, states.ACCEPT_TOLERANT, states.NOT_ACCEPT, states.REFUSE, states.GRANT)


def in_seats_of(procedure: Procedure, on) -> list[User]:
    """The people of the 承办单位."""
    return seated_in(procedure.handler_id, on)


def seated_in(organisation_id: int | None, on) -> list[User]:
    if organisation_id is None:
        return []
    seats = Seat.objects.on(on).filter(organisation=organisation_id, user__is_active=True, user__is_service=False).select_related("user")
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


def handed_over(procedures: Sequence[Procedure], before: Organisation | None, to: Organisation, reason: str, *, by, at: datetime) -> None:
    """Both bodies and the counties are told once, however many went over. Four queries, one more per county."""
    on, first = periods.day_of(at), procedures[0]
    what = f"{first.kind}（{first.project}）" if len(procedures) == 1 else f"{len(procedures)} 项手续"
    counties = {clerk for unit in {row.project.unit for row in procedures} for clerk in notify.holders(Role.COUNTY_CLERK, unit, on)}
    key = f"procedures/handed/{before.pk if before else 0}/{to.pk}/{first.pk}/{first.revision}"
    url = first.get_absolute_url() if len(procedures) == 1 else f"/procedures/?handler={to.pk}&state=open"
    where = f"由{before or '未明确的单位'}转交{to}：{reason}"
    new = set(seated_in(to.pk, on))
    notify.tell(new - {by}, key=f"{key}/in", title=f"转来{what}", body=where, url=url, at=at)
    others = {*seated_in(before.pk if before else None, on), *counties} - new
    notify.tell(others - {by}, key=f"{key}/out", title=f"{what}已转交{to}", body=where, url=url, at=at)


def relisted(kind: ProcedureKind, units: Mapping[Region, int], *, at: datetime) -> None:
    """The clerks of each county are told how many of its projects' lists a change of the catalogue has reached."""
    for unit, count in units.items():
        notify.tell(
            notify.holders(Role.COUNTY_CLERK, unit, periods.day_of(at)), key=f"procedures/catalogue/{kind.pk}/{kind.revision}/{unit.pk}",
            title=f"手续目录“{kind}”有修改，{count} 个项目的清单已更新", body="办理中的手续按新目录，已办结的不变。",
            url=f"/procedures/?state=all&kind={kind.code}", at=at,
        )  # fmt: skip
