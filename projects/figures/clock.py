"""The clock of a procedure with a holder: whose working days passed, and when the term ends (features 3.2).

Pure: a list of steps, a day, a calendar. The working days between two steps belong to whoever held the matter in between;
they are counted as terms run in law (the day of a step is not counted, the day of the next one is), so that department
time, applicant time and time at bodies outside the prefecture add up to the days between application and end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from linkage.periods import WorkCalendar
from projects.states import procedures as states

DEPARTMENT, APPLICANT, OUTSIDE = "department", "applicant", "outside"
HOLDER_WORDS = {DEPARTMENT: "部门", APPLICANT: "申请方", OUTSIDE: "系统外单位"}


@dataclass(frozen=True)
class Step:
    """Something happened on a day and left the procedure in `state`."""

    on: date
    state: str
    outside: bool | None = None  # does the body that holds it from here on sit outside? None: as the 承办单位 does
    body: str = ""  # its name, once the matter has changed hands
    handed: bool = False  # the step is the handing over itself


@dataclass(frozen=True)
class Span:
    """The time from one step to the next (or to the day asked for): who held it, how many working days, did the term run?"""

    holder: str
    first: date
    last: date
    days: int
    runs: bool
    body: str = ""

    @property
    def words(self) -> str:
        return HOLDER_WORDS[self.holder] + (f"（{self.body}）" if self.body and self.holder != APPLICANT else "")


@dataclass(frozen=True)
class Clock:
    """Working days of one application, from its 申请 to its end or to the day asked for."""

    spans: tuple[Span, ...]
    ended: bool
    corrections: int
    taken_over: int = 0  # how many spans passed before the present body had it

    @property
    def earlier(self) -> Clock:
        """The part that passed at other bodies, before the matter was handed to the present one."""
        return Clock(self.spans[: self.taken_over], ended=True, corrections=0)

    @property
    def bodies(self) -> list[tuple[str, int]]:
        """Name and working days of every body that has held the matter, in order; empty while it has not changed hands."""
        found: dict[str, int] = {}
        for span in self.spans:
            if span.body and span.holder != APPLICANT:
                found[span.body] = found.get(span.body, 0) + span.days
        return list(found.items())

    def _of(self, holder: str) -> int:
        return sum(span.days for span in self.spans if span.holder == holder)

    @property
    def department(self) -> int:
        return self._of(DEPARTMENT)

    @property
    def applicant(self) -> int:
        return self._of(APPLICANT)

    @property
    def outside(self) -> int:
        return self._of(OUTSIDE)

    @property
    def elapsed(self) -> int:
        """= department + applicant + outside."""
        return sum(span.days for span in self.spans)

    @property
    def term(self) -> int:
        """Working days that count against the term: since 受理, without 补正 and without time referred outside."""
        return sum(span.days for span in self.spans if span.runs)


def steps_of(events: Iterable[Any]) -> list[Step]:
    """The steps of a record (standing events in order), each with the body that held the matter from then on.

    Handing over leaves the state as it was; a step taken back before it changes the state it was handed over in.
    """
    rows = [event for event in events if event.on]
    first = next((event for event in rows if event.name == states.HANDED), None)
    holder = first.handler_from if first else None
    outside, body = (bool(holder and holder.is_outside), str(holder or "承办单位待明确")) if first else (None, "")
    steps: list[Step] = []
    for event in rows:
        handed = event.name == states.HANDED
        if handed:
            outside, body = event.handler_to.is_outside, str(event.handler_to)
        steps.append(Step(event.on, steps[-1].state if handed and steps else event.target, outside, body, handed))
    return steps


def present_round(steps: Sequence[Step]) -> list[Step]:
    """The steps since the last 申请: a refused or withdrawn application that is made again begins anew."""
    starts = [index for index, step in enumerate(steps) if step.state == states.APPLIED and not step.handed]
    return list(steps[starts[-1] :]) if starts else []


def holder_of(state: str, *, outside: bool) -> str:
    """Who has the matter in hand: the applicant while 补正, otherwise the 承办单位 or a body outside the prefecture."""
    if state == states.CORRECTING:
        return APPLICANT
    return OUTSIDE if outside or state == states.REFERRED else DEPARTMENT


def clock(steps: Sequence[Step], *, as_of: date, outside: bool, calendar: WorkCalendar) -> Clock:
    """The clock of the present round. `steps` in order of their days; `outside`: the 承办单位 itself is 系统外.

    Unit: working days. With no application there are no spans; a day before the last step counts up to that step.
    """
    round_ = present_round(steps)
    if not round_:
        return Clock((), ended=False, corrections=0)
    ended = round_[-1].state in states.ENDED
    ends = [step.on for step in round_[1:]] + ([] if ended else [max(as_of, round_[-1].on)])
    spans = tuple(
        Span(
            holder_of(step.state, outside=outside if step.outside is None else step.outside), step.on, last,
            calendar.workdays_between(step.on, last), runs=step.state in states.RUNNING, body=step.body,
        )
        for step, last in zip(round_, ends, strict=False)
    )
    handed = max((place for place, step in enumerate(round_) if step.handed), default=0)
    return Clock(spans, ended, sum(step.state == states.CORRECTING and not step.handed for step in round_), handed)


def due_on(steps: Sequence[Step], days: int | None, *, calendar: WorkCalendar) -> date | None:
    """The day on which a term of `days` working days ends. None without a term, before 受理, and while the clock is paused.

    After the end it is the day on which the term had ended.
    """
    if days is None:
        return None
    used, round_ = 0, present_round(steps)
    for index, step in enumerate(round_):
        if step.state not in states.RUNNING:
            continue
        following = round_[index + 1].on if index + 1 < len(round_) else None
        passed = calendar.workdays_between(step.on, following) if following else None
        if passed is None or used + passed >= days or round_[index + 1].state in states.ENDED:
            return calendar.add_workdays(step.on, days - used)
        used += passed
    return None


def bar(clock_: Clock) -> list[tuple[str, str, int, int]]:
    """For the small picture: holder, word, days, share of the whole in percent; shares add up to 100 when there are days."""
    total = clock_.elapsed
    if not total:
        return []
    shares = _shares([span.days for span in clock_.spans], total)
    return [(span.holder, span.words, span.days, share) for span, share in zip(clock_.spans, shares, strict=True) if span.days]


def _shares(parts: Iterable[int], total: int) -> list[int]:
    reached, before, shares = 0, 0, []
    for part in parts:
        reached += part
        shares.append(reached * 100 // total - before)
        before = reached * 100 // total
    return shares
