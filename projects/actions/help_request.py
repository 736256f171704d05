"""提请协调: raising one, and moving it between who asks and who answers (features 1.5; 二(一), 三(二) 坚决杜绝推诿扯皮)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import IO, Any

from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from linkage import access, audit, counters, periods, rules
from linkage.errors import Refusal, StaleRevision, WrongState
from linkage.models import Matter, Organisation, Region
from linkage.periods import WorkHours
from linkage.states import move
from projects.actions.help_hats import Hats, hats, may_raise, may_register
from projects.actions.plain_files import Looked, keep, looked_into
from projects.checks import refuse_personal_data
from projects.figures.help_route import Route, bodies_for, matter_told_by, route_for, to_body, to_prefecture, ways_up
from projects.models import HelpFile, HelpOrigin, HelpRequest, HelpTransition, Procedure, Project, Tier
from projects.notices import help_request as notices
from projects.states import help_requests as states

KIND = "help"
CODE_MARK = "XT"
FILES_AT_ONCE = 5


# -- raising ---------------------------------------------------------------------------------------------------------------


@transaction.atomic
def raise_request(
    *, text: str, by, project: Project | None = None, unit: Region | None = None, matter: Matter | None = None, procedure: Procedure | None = None,
    caller: str = "", origin: str = "", origin_label: str = "", origin_url: str = "", files: Sequence[IO[bytes]] = (), at: datetime | None = None,
) -> HelpRequest:  # fmt: skip
    """提出: the body for the matter is asked at once and its clock starts; `caller` makes it a 代登记 of a telephone call.

    Without `matter` the procedure gives it, else the words of the text, else the task force's office is asked. Terms come from
    the rules of the day and are written on the row. Raises PermissionDenied, Refusal, UnfitFile.
    """
    at = at or periods.now()
    on = periods.day_of(at)
    project = project or (procedure.project if procedure else None)
    unit = project.unit if project else unit
    text, caller, origin_label = text.strip(), caller.strip(), origin_label.strip()[:160]
    if unit is None:
        raise Refusal("请选择是哪个项目的事。", code="project_needed")
    seat = _seat_to_raise(by, project, unit, bool(caller))
    _check_words(text, caller, origin_label, origin_url)
    if procedure and procedure.project_id != (project.pk if project else None):
        raise Refusal("所选手续不属于这个项目。", code="procedure_elsewhere")
    found = _looked_into(files, on)
    matter = matter or (procedure.kind.matter if procedure else matter_told_by(text, Matter.objects.filter(is_active=True)))
    by_county = seat.organisation_id is None and seat.region_id == unit.pk
    route = route_for(unit=unit, matter=matter, on=on, asker_body_id=seat.organisation_id, asked_by_county=by_county and not caller)
    [number] = counters.next_numbers(KIND, unit.slug, on.year)
    request = HelpRequest(
        code=counters.code(f"{unit.code_prefix or unit.slug.upper()}-{CODE_MARK}", on.year, number), unit=unit, project=project, procedure=procedure,
        matter=matter, text=text, is_by_phone=bool(caller), caller=caller[:80], raised_by=by, raised_at=at, moved_at=at,
        asker_body_id=seat.organisation_id, asker_region_id=seat.region_id, origin_label=origin_label, origin_url=origin_url,
        origin=origin or (HelpOrigin.PHONE if caller else HelpOrigin.PROCEDURE if procedure else HelpOrigin.PROJECT if project else HelpOrigin.OTHER),
        **_handed_to(route, rules.work_hours(on=on), at),
    )  # fmt: skip
    request.save(force_insert=True)
    row = HelpTransition.objects.create(
        subject=request, name="raise", source="", target=request.state, by=by, by_name=str(by), seat=seat.label, at=at, reason=text, **_held(request)
    )
    _keep_files(row, found, by, at)
    after = {"code": request.code, "holder": request.holder_words, "matter": str(matter or ""), "text": text, "caller": caller}
    audit.record(by=by, verb="代登记提请协调" if caller else "提请协调", target=request, at=at, after=after)
    notices.received(request, at=at, by=by)
    return request


def _seat_to_raise(by, project: Project | None, unit: Region, by_phone: bool):
    right, target = (states.ANSWER if by_phone else states.RAISE), project or unit
    fits = may_register(by, project) if by_phone and project else may_raise(by, target)
    seat = access.seat_for(by, right, target) if fits else None
    if seat is None:
        words = "您的岗位不能代登记这个项目的来电。" if by_phone else "您的岗位不能为这个项目提请协调。"
        raise access.Denied(words, right, target=target)
    return seat


def _check_words(text: str, caller: str, label: str, url: str) -> None:
    if not text:
        raise Refusal("请写明需要协调解决什么问题。", code="text_needed")
    if len(text) > 2000:
        raise Refusal("需要协调解决的问题不超过 2000 字，其余请放在附件里。", code="text_too_long")
    if url and (not url.startswith("/") or not url_has_allowed_host_and_scheme(url, allowed_hosts=None) or len(url) > 200):
        raise Refusal("来源链接只能是本系统内的页面。", code="origin_elsewhere")
    refuse_personal_data(text, caller, label)


def _handed_to(route: Route, work: WorkHours, at: datetime) -> dict[str, Any]:
    """The columns of a new turn: who is asked, and by when."""
    on = periods.day_of(at)
    sign, answer = rules.get("help_sign_hours", on=on), rules.get("help_answer_hours", on=on)
    sign_due = work.add_hours(at, sign)
    return {
        "tier": route.tier, "holder": route.body, "contact": route.contact, "contact_name": route.contact_name, "sign_hours": sign, "answer_hours": answer,
        "sign_due_at": sign_due, "answer_due_at": work.add_hours(at, max(sign, answer)), "hint_at": work.add_hours(sign_due, sign), "hinted_at": None,
        "signed_by": None, "signed_at": None,
    }  # fmt: skip


def _held(request: HelpRequest) -> dict[str, Any]:
    """What the record keeps of who has it now."""
    return {
        "to_tier": request.tier, "to_body": request.holder, "contact_name": request.contact_name, "sign_due_at": request.sign_due_at,
        "answer_due_at": request.answer_due_at,
    }  # fmt: skip


def _looked_into(files: Sequence[IO[bytes]], on: date) -> list[Looked]:
    if len(files) > FILES_AT_ONCE:
        raise Refusal(f"一次最多附 {FILES_AT_ONCE} 个文件，您选了 {len(files)} 个。请合并成一个 PDF。", code="too_many_files")
    return [looked_into(file, on=on) for file in files]


def _keep_files(row: HelpTransition, found: Sequence[Looked], by, at: datetime) -> None:
    for one in found:
        HelpFile.objects.create(transition=row, upload=keep(one, by=by, region=row.subject.unit, at=at))


# -- moving ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def sign(*, request: HelpRequest, by, revision: int | None = None, at: datetime | None = None) -> HelpRequest:
    """签收: this person takes it in hand. Of two at once one does, the other is told who."""
    at = at or periods.now()
    act = _Act.of(request, states.SIGN, by, at)
    changes = {"signed_by": by, "signed_at": at, "hint_at": act.work.add_hours(request.answer_due_at, request.answer_hours), "hinted_at": None}
    act.make(revision, changes=changes)
    notices.signed(request, at=at, by=by)
    return request


@transaction.atomic
def reply(
    *, request: HelpRequest, reason: str, by, files: Sequence[IO[bytes]] = (), revision: int | None = None, at: datetime | None = None
) -> HelpRequest:
    """办复, with what has been settled in `reason`; unsigned ones are thereby signed. 承办人 and 办复时间 stay on the row."""
    at = at or periods.now()
    act = _Act.of(request, states.REPLY, by, at)
    changes: dict[str, Any] = {"answered_by": by, "answered_at": at, "hint_at": None, "hinted_at": None}
    if request.signed_by_id is None:
        changes |= {"signed_by": by, "signed_at": at}
    act.make(revision, reason=reason, changes=changes, files=files)
    notices.answered(request, at=at, by=by, reply=reason.strip())
    return request


@transaction.atomic
def forward(*, request: HelpRequest, to: Organisation | None, reason: str, by, revision: int | None = None, at: datetime | None = None) -> HelpRequest:
    """转办 to the body that should answer, or (None) before the prefecture's office, which decides.

    Bodies pass it on among themselves as often as the rule allows; after that only the office says who answers.
    Raises PermissionDenied, Refusal (nobody new, spent, no reason), StaleRevision, WrongState.
    """
    at = at or periods.now()
    on = periods.day_of(at)
    act = _Act.of(request, states.FORWARD, by, at)
    decided = bool(act.hats.office)
    if to is None:
        if decided or request.tier == Tier.PREFECTURE:
            raise Refusal("请选择由哪个单位承办。", code="body_needed")
        route = to_prefecture(request.unit, on)
    else:
        route = _to_body(request, to, on, decided)
    counted = int(request.tier == Tier.BODY and not decided)
    back = to is not None and request.transitions.filter(to_tier=Tier.BODY, to_body=to).exists()
    changes = _handed_to(route, act.work, at) | {
        "transfers": request.transfers + counted, "is_back_and_forth": request.is_back_and_forth or (back and not decided)
    }  # fmt: skip
    act.make(revision, reason=reason, changes=changes, decided=decided)
    notices.handed_on(request, at=at, by=by, reason=reason.strip())
    notices.received(request, at=at, by=by)
    return request


def _to_body(request: HelpRequest, to: Organisation, on: date, decided: bool) -> Route:
    if request.tier == Tier.BODY and to.pk == request.holder_id:
        raise Refusal(f"现在就在{to}手里，请选择别的单位。", code="same_body")
    if to.pk not in {body.pk for body in bodies_for(request)}:
        raise Refusal(f"不能转给“{to}”：只能转给本县或地区的承办单位，不能转给提请单位和项目实施单位。", code="body_unfit")
    if request.tier == Tier.BODY and not decided and request.transfers >= rules.get("help_transfers", on=on):
        raise Refusal(
            f"已转办 {request.transfers} 次，不能再由承办单位转办。请报地区专班办公室指定承办单位，或直接办复。", code="transfers_spent"
        )  # fmt: skip
    return to_body(to, request.unit, request.matter, on)


@transaction.atomic
def confirm(*, request: HelpRequest, by, reason: str = "", revision: int | None = None, at: datetime | None = None) -> HelpRequest:
    """确认解决, by the side that asked."""
    at = at or periods.now()
    _Act.of(request, states.CONFIRM, by, at).make(revision, reason=reason, changes={"closed_at": at})
    notices.closed(request, at=at, by=by)
    return request


@transaction.atomic
def reject(*, request: HelpRequest, reason: str, by, revision: int | None = None, at: datetime | None = None) -> HelpRequest:
    """退回再办: the same body answers once more, in a new round with a new term."""
    at = at or periods.now()
    act = _Act.of(request, states.REJECT, by, at)
    due = act.work.add_hours(at, request.answer_hours)
    changes = {"rounds": request.rounds + 1, "answer_due_at": due, "hint_at": act.work.add_hours(due, request.answer_hours), "hinted_at": None}
    act.make(revision, reason=reason, changes=changes)
    notices.returned(request, at=at, by=by, reason=reason.strip())
    return request


@transaction.atomic
def escalate(
    *, request: HelpRequest, by, reason: str = "", to: Organisation | None = None, revision: int | None = None, at: datetime | None = None
) -> HelpRequest:
    """升级 one step: the county's office, then the prefecture's (or, named in `to`, the department that leads the task).

    At once with a reason; when a term is over, without. Raises PermissionDenied, Refusal, StaleRevision, WrongState.
    """
    at = at or periods.now()
    act = _Act.of(request, states.ESCALATE, by, at)
    ways = ways_up(request, periods.day_of(at))
    if not ways:
        raise Refusal("已在地区专班办公室，没有更高一级。请等待办复，或在月会商上提出。", code="at_the_top")
    route = ways[0] if to is None else next((way for way in ways if way.tier == Tier.BODY and way.body == to), None)
    if route is None:
        raise Refusal(f"不能升级到“{to}”。可以升级到：{'、'.join(way.words for way in ways)}。", code="body_unfit")
    late = request.due_at is not None and at > request.due_at
    if not late and not reason.strip():
        raise Refusal("还没有超时，请写明为什么现在就要升级。", code="reason_needed")
    changes = _handed_to(route, act.work, at) | {"escalations": request.escalations + 1}
    act.make(revision, reason=reason.strip() or "已超时，提请升级", changes=changes)
    notices.handed_on(request, at=at, by=by, reason=reason.strip())
    notices.received(request, at=at, by=by)
    return request


@transaction.atomic
def withdraw(*, request: HelpRequest, reason: str, by, revision: int | None = None, at: datetime | None = None) -> HelpRequest:
    """撤回 with a reason; what has been said stays."""
    at = at or periods.now()
    changes = {"closed_at": at, "hint_at": None}
    _Act.of(request, states.WITHDRAW, by, at).make(revision, reason=reason, changes=changes)
    notices.closed(request, at=at, by=by)
    return request


@dataclass(frozen=True)
class _Act:
    """One move about to be made: whose, when, with how much working time behind it."""

    request: HelpRequest
    transition: states.Move
    by: Any
    at: datetime
    hats: Hats
    work: WorkHours

    @classmethod
    def of(cls, request: HelpRequest, transition: states.Move, by, at: datetime) -> _Act:
        on = periods.day_of(at)
        found = hats(by, request, on=on)
        if not found.for_move(transition):
            right = states.ANSWER if transition.side == states.ANSWERER else states.RAISE
            whose = "被提请的单位" if transition.side == states.ANSWERER else "提请的一方"
            raise access.Denied(f"“{transition.label}”由{whose}办理。", right, target=request)
        if request.state not in transition.sources:
            raise _too_late(request, transition)
        return cls(request, transition, by, at, found, rules.work_hours(on=on))

    def make(self, revision: int | None, *, changes: dict[str, Any], reason: str = "", files: Sequence[IO[bytes]] = (), decided: bool = False) -> None:
        """The move itself, the record of who had it for how long, and the files."""
        request, reason = self.request, reason.strip()
        refuse_personal_data(reason)
        found = _looked_into(files, periods.day_of(self.at))
        before = {"from_tier": request.tier, "from_body": request.holder, "minutes": self._minutes(), "is_late": self._is_late()}
        plain = replace(self.transition, permission=self.hats.for_move(self.transition))
        seen = request.revision if revision is None else revision
        try:
            move(request, plain, by=self.by, at=self.at, revision=seen, reason=reason, changes={"moved_at": self.at, **changes})
        except (StaleRevision, WrongState):
            request.refresh_from_db()
            raise _too_late(request, self.transition) from None
        row = request.transitions.order_by("-pk").first()
        recorded = bool(self.hats.recorder and not self.hats.answerer and self.transition.side == states.ANSWERER)
        values = before | _held(request) | {"is_recorded": recorded, "is_decided": decided}
        HelpTransition.objects.filter(pk=row.pk).update(**values)
        _keep_files(row, found, self.by, self.at)

    def _minutes(self) -> int:
        return max(0, self.work.minutes_between(self.request.moved_at, self.at))

    def _is_late(self) -> bool:
        due = self.request.due_at
        return due is not None and self.at > due and self.transition is not states.WITHDRAW


def _too_late(request: HelpRequest, transition: states.Move) -> Refusal:
    """What stands now, for the one who came second."""
    last = request.transitions.order_by("-pk").first()
    who = f"，最近一步“{last.label}”由 {last.by_name} 办理" if last else ""
    words = f"{request.code} 现在是“{request.get_state_display()}”，在{request.holder_words}{who}。"
    if request.state not in transition.sources:
        return WrongState(f"{words}不能{transition.label}，请核对最新情况。")
    return StaleRevision(f"您打开页面之后情况有变：{words}请核对后再办理。")
