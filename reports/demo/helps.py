"""提请协调 of the demo years: about twenty a year, in every state at the end: answered in time, late, passed back and forth, by telephone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from random import Random
from typing import Any

from linkage.models import Function, Matter, Organisation, Seat, User
from linkage.periods import WorkCalendar, moment, shift
from projects.actions import help_request as acts
from projects.figures.help_requests import JOINS
from projects.models import HelpRequest, Method, Tier
from projects.states import help_requests as states

from .cast import Cast
from .script import Plan

Act = Callable[[datetime], Any]
A_YEAR, NOW = 16, 9
_SAID = (
    ("land", "用地预审材料递交后一直没有受理，请协调尽快受理。"), ("payment", "工程已验收、报账材料已齐，资金拨付还没有到位，请协调。"),
    ("land", "选址与村庄规划不符，村里和自然资源部门意见不一，请协调。"), ("proposal", "可研批复迟迟不下来，影响招标，请协调。"),
    ("permit", "施工许可还差一项审查，入冬前要封顶，请协调。"), ("", "村民不同意选点，施工队进不了场，请协调。"),
    ("payment", "预付款申请两周未批，施工单位要停工，请协调。"), ("water", "水土保持方案要不要编报，两个部门口径不一，请协调。"),
)  # fmt: skip
_REPLIES = ("已与经办人对接，材料齐全，三个工作日内办结。", "已组织现场会，各方同意按原方案实施，下周一进场。", "已补齐缺件并受理，批文明日可取。")
# What happens after it was raised: (working days later, act); the act decides by what stands.
_COURSES: dict[str, tuple[tuple[int, str], ...]] = {
    "plain": ((0, "sign"), (2, "answer"), (3, "confirm")), "quick": ((1, "answer"), (1, "confirm")), "late": ((2, "sign"), (7, "answer"), (8, "confirm")),
    "rounds": ((0, "sign"), (2, "answer"), (3, "reject"), (5, "answer"), (6, "confirm")),
    "passed": ((0, "sign"), (1, "forward"), (2, "answer"), (3, "confirm")),
    "back": ((1, "forward"), (2, "forward"), (4, "to_office"), (5, "decide"), (7, "answer"), (8, "confirm")),
    "raised": ((3, "escalate"), (4, "sign"), (6, "answer"), (7, "confirm")), "withdrawn": ((0, "sign"), (1, "withdraw")),
}  # fmt: skip
_ORDER = ("plain", "late", "quick", "passed", "rounds", "plain", "raised", "back", "quick", "withdrawn", "plain", "late")
# The last days: (working days ago, course, how many of its steps have been made).
_RECENT = (
    (0, "plain", 0), (1, "plain", 1), (2, "plain", 0), (3, "plain", 2), (6, "late", 1), (9, "back", 2), (5, "rounds", 3), (4, "raised", 1), (7, "back", 3),
)  # fmt: skip


class Helps:
    """Drawn by dice of their own; who acts is whoever has it at the moment, the county's clerk for bodies without log-ins."""

    def __init__(self, cast: Cast, today: date, add: Callable[[datetime, Act], None]):
        self.cast, self.today, self.add = cast, today, add
        self.calendar = WorkCalendar.load()
        self._seated: dict[int, User] | None = None

    def schedule(self, plans: list[Plan]) -> None:
        """Over the year; of the present one also the last days, left as they stand."""
        works = [plan for plan in plans if plan.template.method == Method.WORKS]
        if not works:
            return
        year = works[0].year
        dice = Random(f"help-{year}")
        chosen = [dice.choice([plan for plan in works if plan.unit == "huma"] if n % 3 == 0 else works) for n in range(A_YEAR + NOW)]
        for n, plan in enumerate(chosen[:A_YEAR]):
            day = self.calendar.next_workday(shift(date(year, 3, 4), days=n * 14 + dice.randint(0, 6)))
            if day < shift(self.today, days=-21):
                self._raise(plan, n, day, _COURSES[_ORDER[n % len(_ORDER)]], dice)
        if year == self.today.year:
            for n, (plan, (ago, course, steps)) in enumerate(zip(chosen[A_YEAR:], _RECENT, strict=True)):
                self._raise(plan, n + A_YEAR, self.calendar.add_workdays(self.today, -ago), _COURSES[course][:steps], dice)

    def _raise(self, plan: Plan, n: int, day: date, course: tuple[tuple[int, str], ...], dice: Random) -> None:
        code, text = _SAID[n % len(_SAID)]
        by_phone, hour, reply = n % 7 == 3, dice.choice((9, 10, 14)), dice.choice(_REPLIES)

        def act(at: datetime) -> None:
            matter = Matter.objects.filter(code=code).first() if code else None
            caller = f"{plan.project.implementer or '施工单位'}项目负责人" if by_phone else ""
            made = acts.raise_request(project=plan.project, text=text, matter=matter, by=self._asker(plan, by_phone), caller=caller, at=at)
            for later, name in course:
                when = moment(self.calendar.add_workdays(day, later), hour + (2 if later == 0 else 1), 20)
                self.add(when, lambda then, name=name: self._step(made.pk, name, reply, then))

        self.add(moment(day, hour, n), act)

    def _asker(self, plan: Plan, by_phone: bool) -> User:
        owner = plan.project.implementer
        company = self.cast["huma_implementer"] if plan.unit == "huma" else None
        if company and not by_phone and owner and company.seats.filter(organisation=owner).exists():
            return company
        return self.cast[f"{plan.unit}_clerk"]

    # --- the steps --------------------------------------------------------------------------------------------------------

    def _step(self, pk: int, name: str, reply: str, at: datetime) -> None:
        """One step, if it still fits what stands."""
        row = HelpRequest.objects.select_related(*JOINS, "project__unit").get(pk=pk)
        move = states.TRANSITIONS["forward" if name in ("to_office", "decide") else name]
        if row.state not in move.sources:
            return
        by = row.raised_by if move.side == states.ASKER else self._answerer(row)
        if name == "sign":
            acts.sign(request=row, by=by, at=at)
        elif name == "answer":
            acts.reply(request=row, reason=reply, by=by, at=at)
        elif name == "confirm":
            acts.confirm(request=row, by=by, at=at)
        elif name == "reject":
            acts.reject(request=row, reason="没有说明哪天能办结，请明确。", by=by, at=at)
        elif name == "withdraw":
            acts.withdraw(request=row, reason="已自行协商解决。", by=by, at=at)
        elif name == "escalate" and row.tier != Tier.PREFECTURE:
            acts.escalate(request=row, reason="三个工作日没有回音。", by=by, at=at)
        elif name in ("forward", "to_office", "decide"):
            self._hand_on(row, name, by, at)

    def _hand_on(self, row: HelpRequest, name: str, by: User, at: datetime) -> None:
        """转办 between two bodies; in the end before the office, which decides."""
        if (name == "decide") != (row.tier == Tier.PREFECTURE):
            return
        if name == "decide":
            acts.forward(request=row, to=self._body(row, Function.NDRC), reason="先批可研，再办用地。", by=self.cast["office"], at=at)
        elif name == "to_office":
            acts.forward(request=row, to=None, reason="两家都认为对方在先，请专班办公室指定。", by=by, at=at)
        else:
            ndrc = self._body(row, Function.NDRC)
            to = self._body(row, Function.LAND) if row.holder_id == ndrc.pk else ndrc
            acts.forward(request=row, to=to, reason=f"应先由{to}办理，本单位才能受理。", by=by, at=at)

    @staticmethod
    def _body(row: HelpRequest, function: str) -> Organisation:
        own = Organisation.objects.filter(region=row.unit, functions__function=function).first()
        return own or Organisation.objects.filter(region=row.unit.parent, functions__function=function, is_outside=False).first()

    def _answerer(self, row: HelpRequest) -> User:
        if row.tier == Tier.PREFECTURE:
            return self.cast["office"]
        clerk = self.cast[f"{row.unit.slug}_clerk"]
        if row.tier == Tier.COUNTY:
            return clerk
        if self._seated is None:
            rows = Seat.objects.filter(organisation__isnull=False, user__is_service=False, role__in=("county_dept", "dept_clerk"))
            self._seated = {seat.organisation_id: seat.user for seat in rows.select_related("user").order_by("-pk")}
        return self._seated.get(row.holder_id, clerk)
