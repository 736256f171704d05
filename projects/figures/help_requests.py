"""Numbers of 提请协调: the clock in words, whose hands the time went through, and how bodies answer (features 1.5).

Time is working minutes (办公时间 × 工作日). What has run is written on every move; only the part since the last one is counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from linkage import money, periods
from linkage.access import grants_of
from linkage.models import Organisation
from linkage.periods import WorkHours, length_words, work_deadline_words
from linkage.permissions import COMPARING
from projects.models import HelpRequest, HelpTransition, Tier
from projects.models.help_request import OFFICE_OF_COUNTY, HelpRequestQuerySet, answering, holder_words, overdue_at
from projects.states import help_requests as states

JOINS = ("unit__parent", "project", "procedure__kind", "matter", "holder__region", "raised_by", "asker_body", "asker_region", "signed_by", "answered_by")
SMALL = 5  # fewer than this are marked: chance decides
ASKER = "asker"  # whose the time is while an answer waits to be looked at


# -- the clock -------------------------------------------------------------------------------------------------------------


def is_overdue(request: HelpRequest, at: datetime) -> bool:
    """The running term is over, or the whole term is while nobody has even taken it."""
    if request.state not in states.WITH_BODY:
        return False
    return at > request.answer_due_at or (request.state == states.ASKED and at > request.sign_due_at)


def look(request: HelpRequest, at: datetime) -> str:
    """The key of its badge: a term that is over goes before the state."""
    return "overdue" if is_overdue(request, at) else request.state


def clock_words(request: HelpRequest, at: datetime, work: WorkHours) -> str:
    """签收时限今天 15:30 前（还剩工作时间 1 小时）; what it took, once it is over."""
    if request.state == states.ASKED:
        return f"签收时限：{work_deadline_words(request.sign_due_at, at, work)}"
    if request.state == states.SIGNED:
        return f"办复时限：{work_deadline_words(request.answer_due_at, at, work)}"
    if request.state == states.ANSWERED:
        return f"{periods.ago_words(request.answered_at, at)}办复，等提请人确认"
    return f"历时工作时间 {length_words(work.minutes_between(request.raised_at, request.closed_at))}"


def in_order(rows: HelpRequestQuerySet, at: datetime) -> HelpRequestQuerySet:
    """Overdue first, then what runs by its due moment, what waits for the asker, what is closed, newest first."""
    late = overdue_at(at)
    rank = Case(
        When(late, then=Value(0)), When(state__in=states.WITH_BODY, then=Value(1)), When(state=states.ANSWERED, then=Value(2)), default=Value(3),
        output_field=IntegerField(),
    )  # fmt: skip
    due = Case(When(state=states.ASKED, then="sign_due_at"), When(state=states.SIGNED, then="answer_due_at"))
    return rows.annotate(rank=rank, due=due).order_by("rank", "due", "-pk")


@dataclass(frozen=True)
class Summary:
    """The list's sentence."""

    total: int
    open: int
    overdue: int
    unsigned: int
    answered: int
    passed: int  # sent back and forth, open
    resolved: int

    @property
    def resolved_ratio(self):
        return money.ratio(self.resolved, self.total)


def summary(rows: HelpRequestQuerySet, at: datetime) -> Summary:
    """One query."""
    late = overdue_at(at)
    return Summary(**rows.order_by().aggregate(
        total=Count("pk"), open=Count("pk", filter=Q(state__in=states.OPEN)), overdue=Count("pk", filter=late),
        unsigned=Count("pk", filter=Q(state=states.ASKED)), answered=Count("pk", filter=Q(state=states.ANSWERED)),
        passed=Count("pk", filter=Q(is_back_and_forth=True, state__in=states.OPEN)), resolved=Count("pk", filter=Q(state=states.RESOLVED)),
    ))  # fmt: skip


# -- whose hands the time went through ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """Working minutes of one side; `kind` is body, county, prefecture or asker."""

    words: str
    kind: str
    minutes: int
    percent: int = 0

    @property
    def length(self) -> str:
        return length_words(self.minutes)


def split_of(request: HelpRequest, moves: Sequence[HelpTransition], at: datetime, work: WorkHours) -> list[Share]:
    """Working time per side, in the order in which each had it first. The parts add up to the working time from 提出 to the end (or `at`).

    `moves`: all of the request in order, `from_body` at hand. No query.
    """
    found: dict[tuple[str, Any], list] = {}
    for row in moves[1:]:
        asked = row.source in states.WITH_BODY
        _add(found, row.from_tier if asked else ASKER, row.from_body if asked else None, row.minutes, request)
    if request.state in states.OPEN:
        asked = request.state in states.WITH_BODY
        running = max(0, work.minutes_between(request.moved_at, at))
        _add(found, request.tier if asked else ASKER, request.holder if asked else None, running, request)
    total = sum(minutes for _, minutes in found.values())
    return [Share(words, key[0], minutes, round(minutes * 100 / total) if total else 0) for key, (words, minutes) in found.items()]


def _add(found: dict, tier: str, body: Organisation | None, minutes: int, request: HelpRequest) -> None:
    words = "提请人核实" if tier == ASKER else holder_words(tier, body, request.unit)
    entry = found.setdefault((tier, body.pk if tier == Tier.BODY and body else None), [words, 0])
    entry[1] += minutes


# -- how bodies answer -----------------------------------------------------------------------------------------------------------


@dataclass
class Times:
    """One body or office over a stretch of time, working minutes. `small`: too few to compare."""

    words: str
    region: str
    body_id: int | None
    received: int = 0
    late: int = 0
    passed_on: int = 0
    sign_minutes: list[int] = field(default_factory=list)
    answer_minutes: list[int] = field(default_factory=list)
    rejected: int = 0

    @property
    def small(self) -> bool:
        return self.received < SMALL

    @property
    def late_ratio(self):
        """Turns in which 签收 or 办复 came after its term, or has not come ÷ turns received."""
        return money.ratio(self.late, self.received)

    @property
    def sign_hours(self) -> Decimal | None:
        return _median_hours(self.sign_minutes)

    @property
    def answer_hours(self) -> Decimal | None:
        return _median_hours(self.answer_minutes)


def _median_hours(minutes: Sequence[int]) -> Decimal | None:
    """Median in working hours, one decimal; None where nothing is known."""
    return (Decimal(median(minutes)) / 60).quantize(Decimal("0.1")) if minutes else None


@dataclass
class _Turn:
    """From receiving it to passing it on, escalation or the end."""

    key: tuple
    minutes: int = 0
    signed: bool = False
    late: bool = False


_MOVE = (
    "subject_id", "name", "source", "minutes", "is_late", "to_tier", "to_body_id", "to_body__name", "to_body__short_name", "to_body__region__name",
    "subject__unit_id", "subject__unit__name",
)  # fmt: skip
_HEAD = ("pk", "state", "sign_due_at", "answer_due_at")


def times(rows: QuerySet[HelpRequest], *, since: date, until: date, at: datetime, only: Iterable[tuple] | None = None) -> list[Times]:
    """Requests raised between two days (both included), by who was asked; most received first. Two queries.

    签收用时: receiving → 签收 (or an answer without it). 办复用时: receiving or 退回 → 办复. A turn is late when one of its moves came
    after its term, or the term is over and nothing came. `only` limits to these (tier, body or county): what a unit reads about itself.
    """
    rows = rows.filter(raised_at__gte=periods.moment(since), raised_at__lt=periods.moment(until, 24)).order_by()
    heads = {row["pk"]: row for row in rows.values(*_HEAD)}
    moves: dict[int, list[Mapping[str, Any]]] = {}
    for row in HelpTransition.objects.filter(subject__in=rows.values("pk")).order_by("subject_id", "pk").values(*_MOVE):
        moves.setdefault(row["subject_id"], []).append(row)
    found: dict[tuple, Times] = {}
    for pk, course in moves.items():
        _walk(course, heads[pk], at, found)
    wanted = set(only) if only is not None else None
    listed = [one for key, one in found.items() if wanted is None or key in wanted]
    return sorted(listed, key=lambda one: (-one.received, one.region, one.words))


def _walk(course: Sequence[Mapping[str, Any]], head: Mapping[str, Any], at: datetime, found: dict[tuple, Times]) -> None:
    """One request's moves, counted on account of who had it."""
    turn: _Turn | None = None
    for move in course:
        if turn is not None:
            _count(turn, found[turn.key], move)
        if move["name"] in states.HANDED_ON:
            if turn is not None:
                found[turn.key].late += turn.late
            key = _key(move)
            found.setdefault(key, _new(key, move)).received += 1
            turn = _Turn(key)
    if turn is not None:
        unsigned = head["state"] == states.ASKED and at > head["sign_due_at"]
        found[turn.key].late += turn.late or unsigned or (head["state"] in states.WITH_BODY and at > head["answer_due_at"])


def _count(turn: _Turn, times_: Times, move: Mapping[str, Any]) -> None:
    name, source = move["name"], move["source"]
    if source in states.WITH_BODY:
        turn.minutes += move["minutes"]
        turn.late = turn.late or move["is_late"]
    if not turn.signed and name in (states.SIGN.name, states.REPLY.name):
        turn.signed = True
        times_.sign_minutes.append(turn.minutes)
    if name == states.REPLY.name:
        times_.answer_minutes.append(turn.minutes)
        turn.minutes = 0
    times_.rejected += name == states.REJECT.name
    times_.passed_on += name == states.FORWARD.name


def _key(move: Mapping[str, Any]) -> tuple:
    return (move["to_tier"], move["subject__unit_id"] if move["to_tier"] == Tier.COUNTY else move["to_body_id"])


def _new(key: tuple, move: Mapping[str, Any]) -> Times:
    if key[0] == Tier.COUNTY:
        return Times(f"{move['subject__unit__name']}专班办公室", move["subject__unit__name"], None)
    name = move["to_body__short_name"] or move["to_body__name"] or "地区专班办公室"
    return Times(name, move["to_body__region__name"] or "", move["to_body_id"])


def sight_of_times(user) -> tuple[Q, frozenset[tuple]]:
    """(requests of which the person reads everybody's times, empty when of none; (tier, body or county) of the person's own): the
    office, leaders and auditors where they read; else the unit itself."""
    whole = Q()
    for grant in grants_of(user):
        if grant.role in COMPARING:
            whole |= Q(unit__path__startswith=grant.region_path)
    own = {(Tier.BODY, grant.organisation_id) for grant in answering(user) if grant.organisation_id}
    return whole, frozenset(own | {(Tier.COUNTY, grant.region_id) for grant in answering(user) if grant.role in OFFICE_OF_COUNTY})


def times_in_sight(user, *, since: date, until: date, at: datetime) -> list[Times]:
    """What this person may compare: everything of the regions it reads for comparing, else its own body or office alone."""
    whole, own = sight_of_times(user)
    rows = HelpRequest.objects.visible_to(user)
    return times(rows.filter(whole), since=since, until=until, at=at, only=None if whole else own)


@dataclass(frozen=True)
class OfBody:
    """What a body's page says about the requests it got: open, overdue, answered, in the reader's sight."""

    open: int
    overdue: int
    total: int


def of_body(user, body: Organisation, at: datetime) -> OfBody:
    """One query."""
    rows = HelpRequest.objects.visible_to(user).filter(holder=body, tier=Tier.BODY).order_by()
    late = overdue_at(at)
    with_body = Q(state__in=states.WITH_BODY)
    return OfBody(**rows.aggregate(open=Count("pk", filter=with_body), overdue=Count("pk", filter=late), total=Count("pk")))

