"""The dated events behind the links, read in a fixed number of queries whatever the number of units, projects and days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Count, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce

from funds.figures.paid import after_opening, opening_subquery, signed_amount, statement_subquery
from funds.figures.sums import Sight
from funds.figures.verdict import Basis
from funds.models import Allocation, Batch, ClaimRoute, CountyAllocation, FundChange, OpeningBalance, ReportedSpending
from linkage import periods
from projects import states
from projects.models import ContractShare, PaymentTerm, Procedure, Progress, Project, ProjectTransition, TermKind
from projects.states import contract as contract_states
from projects.states import procedures as procedure_states

from .course import FEE, Course, Deal, Pot, Purse, Said, running
from .links import ALL_STEPS, Link, Route

INTO_PLAN, ENDED = "plan", "remove"
LEAVING = {INTO_PLAN: 1, "take_back": 0, "propose_again": 0, ENDED: -1}
BY_DOCUMENT = {"start": "begun_on", "finish": "ended_on"}  # stages reached by a person's move, where no statement gives the day
PLANNED_STAGES = states.ORDER[states.ORDER.index(states.PLANNED) :]
ALWAYS = date.min


@dataclass(frozen=True)
class Asked:
    """Which money, on which days. `since` is the first day of the period for 元·日; None or empty = no restriction."""

    as_of: date
    since: date
    basis: str = Basis.TREASURY
    year: int | None = None
    levels: tuple[str, ...] = ()
    unit: int | None = None
    task: int | None = None
    projects: tuple[int, ...] = ()

    def fits(self, level: str, year: int) -> bool:
        return (not self.levels or level in self.levels) and (self.year is None or year == self.year)


@dataclass
class Found:
    """Everything of which money may wait: projects with their events, shares and documents with what is left."""

    courses: list[Course]
    pots: list[Pot]
    projects: dict[int, dict[str, Any]] = field(default_factory=dict)


def cents(expression) -> Cast:
    """分 as an integer straight from the column."""
    return Cast(expression, BigIntegerField())


def read(sight: Sight, batches: QuerySet[Batch], asked: Asked) -> Found:
    """Courses and pots of the money in sight. `batches`: the documents the reader may read whole. Nineteen queries at most."""
    pots = [] if asked.projects else [*_documents(batches, asked), *_shares(sight, asked)]
    wanted = _allocations(sight, asked).order_by().values("project_id")
    rows: dict[int, dict[str, Any]] = {row["pk"]: dict(row) for row in Project.objects.filter(pk__in=wanted).order_by().values(
        "pk", "name", "code", "unit_id", "task_id", "method", "stage", "started_on", "finished_on", "implementer_id", "construction_state", "restart_on",
    )}  # fmt: skip
    courses = {pk: Course(pk, row["unit_id"], row["task_id"], row["method"], []) for pk, row in rows.items()}
    money = Allocation.objects.filter(project__in=wanted)
    _put_money(courses, money, asked)
    _put_plan(courses, rows, wanted)
    _put_procedures(courses, wanted)
    _put_statements(courses, rows, wanted, asked)
    _put_contracts(courses, wanted)
    routes = _routes(asked.as_of)
    for course in courses.values():
        course.route = routes.get(course.unit, ALL_STEPS)
    return Found(list(courses.values()), pots, rows)


def _narrow(asked: Asked, share: str, unit: str) -> Q:
    """Document year, level and task behind `share`, unit behind `unit`."""
    wanted: dict[str, Any] = {}
    if asked.year is not None:
        wanted[f"{share}fund_year"] = asked.year
    if asked.levels:
        wanted[f"{share}level__in"] = asked.levels
    if asked.task is not None:
        wanted[f"{share}task"] = asked.task
    if asked.unit is not None and unit:
        wanted[unit] = asked.unit
    return Q(**wanted)


def _allocations(sight: Sight, asked: Asked) -> QuerySet[Allocation]:
    rows = sight.allocations.filter(_narrow(asked, "county_allocation__batch__", "project__unit"))
    return rows.filter(project__in=asked.projects) if asked.projects else rows


def _documents(batches: QuerySet[Batch], asked: Asked) -> Iterable[Pot]:
    """What of each document is not given to a county. Asked for one county there is none: it belongs to nobody yet."""
    if asked.unit is not None:
        return
    fitting = batches.filter(_narrow(asked, "", ""), issued_on__lte=asked.as_of)
    chosen = fitting.order_by().values("pk")
    given: dict[int, list[tuple[date, int]]] = {}
    shares = CountyAllocation.objects.filter(batch__in=chosen).order_by().values_list("batch_id", "pk", "issued_on", cents("amount_yuan"))
    changed = _changes(FundChange.objects.of_shares().filter(batch__in=chosen), "county_allocation_id")
    for batch, pk, day, amount in shares:
        given.setdefault(batch, []).extend((on, -moved) for on, moved in _from_first(day, amount, changed.get(pk)))
    own = _changes(FundChange.objects.filter(batch__in=chosen, county_allocation__isnull=True), "batch_id")
    rows = fitting.order_by("pk").values_list("pk", "task_id", "level", "fund_year", "issued_on", cents("amount_yuan"))
    for pk, task, level, year, day, amount in rows:
        yield Pot(pk, Link.ISSUE, None, task, level, year, running([*_from_first(day, amount, own.get(pk)), *given.get(pk, ())]))


Changes = dict[int, list[tuple[date, int]]]


def _changes(rows: QuerySet[FundChange], key: str) -> Changes:
    """Row → (day, 分 by which its amount changed). One query."""
    found: Changes = {}
    for pk, day, moved in rows.order_by().values_list(key, "effective_on").annotate(total=cents(Sum("amount_yuan"))):
        found.setdefault(pk, []).append((day, moved))
    return found


def _from_first(day: date, present: int, changes: list[tuple[date, int]] | None) -> list[tuple[date, int]]:
    """The dated changes of a row from its first amount on: what it is now is the sum of them."""
    later = changes or []
    return [(day, present - sum(moved for _, moved in later)), *later]


def _shares(sight: Sight, asked: Asked) -> Iterable[Pot]:
    """What of each county's share is not arranged to a project."""
    fitting = sight.shares.filter(_narrow(asked, "batch__", "unit"), issued_on__lte=asked.as_of)
    chosen = fitting.order_by().values("pk")
    arranged: Changes = {}
    rows = Allocation.objects.filter(county_allocation__in=chosen).order_by().values_list("county_allocation_id", "pk", "decided_on", cents("amount_yuan"))
    changed = _changes(FundChange.objects.of_allocations().filter(county_allocation__in=chosen), "allocation_id")
    for share, pk, day, amount in rows:
        arranged.setdefault(share, []).extend((on, -moved) for on, moved in _from_first(day, amount, changed.get(pk)))
    own = _changes(FundChange.objects.of_shares().filter(county_allocation__in=chosen), "county_allocation_id")
    shares = fitting.order_by("pk").values_list("pk", "unit_id", "batch__task_id", "batch__level", "batch__fund_year", "issued_on", cents("amount_yuan"))
    for pk, unit, task, level, year, day, amount in shares:
        yield Pot(pk, Link.COUNTY, unit, task, level, year, running([*_from_first(day, amount, own.get(pk)), *arranged.get(pk, ())]))


def _put_money(courses: dict[int, Course], money: QuerySet[Allocation], asked: Asked) -> None:
    """The purses of each project, the earliest money first, with what was paid of them. Five queries."""
    purses: dict[int, Purse] = {}
    changed = _changes(FundChange.objects.filter(allocation__in=money.order_by().values("pk")), "allocation_id")
    rows = money.order_by("county_allocation__batch__fund_year", "decided_on", "pk").values_list(
        "pk", "project_id", "county_allocation__batch__level", "county_allocation__batch__fund_year", "decided_on", cents("amount_yuan")
    )
    for pk, project, level, year, day, amount in rows:
        purses[pk] = purse = Purse(pk, level, year, running(_from_first(day, amount, changed.get(pk))))
        courses[project].purses.append(purse)
    paid = _paid_by_treasury if asked.basis == Basis.TREASURY else _paid_by_county
    for pk, steps in paid(money.order_by().values("pk"), asked).items():
        if pk in purses:
            purses[pk].paid = steps


def _paid_by_treasury(ids, asked: Asked) -> dict[int, list[tuple[date, int]]]:
    """Standing vouchers and opening balances: one step for all up to the first day, then day by day."""
    changes: dict[int, list[tuple[date, int]]] = {}
    vouchers = after_opening(Sight.everything().vouchers.standing().filter(allocation__in=ids))
    signed = signed_amount()
    before = vouchers.filter(paid_on__lte=asked.since).order_by().values_list("allocation_id").annotate(total=cents(Sum(signed)), day=Max("paid_on"))
    for pk, total, day in before:
        changes.setdefault(pk, []).append((day, total or 0))
    during = vouchers.filter(paid_on__gt=asked.since, paid_on__lte=asked.as_of).order_by().values_list("allocation_id", "paid_on")
    for pk, day, total in during.annotate(total=cents(Sum(signed))):
        changes.setdefault(pk, []).append((day, total or 0))
    opened = OpeningBalance.objects.filter(allocation__in=ids, as_of__lte=asked.as_of).order_by()
    for pk, day, total in opened.values_list("allocation_id", "as_of", cents("paid_to_date_yuan")):
        changes.setdefault(pk, []).append((day, total))
    return {pk: running(found) for pk, found in changes.items()}


def _paid_by_county(ids, asked: Asked) -> dict[int, list[tuple[date, int]]]:
    """The newest signed statement (opening balance before the first) on the first day, then each statement from its day on."""
    standing = Coalesce(statement_subquery(asked.since), opening_subquery(asked.since))
    rows = Allocation.objects.filter(pk__in=ids).order_by().values_list("pk", cents(standing))
    steps = {pk: [(asked.since, paid)] for pk, paid in rows if paid is not None}
    later = ReportedSpending.objects.live().filter(allocation__in=ids, as_of__gt=asked.since, as_of__lte=asked.as_of)
    for pk, day, paid in later.order_by("as_of").values_list("allocation_id", "as_of", cents("paid_to_date_yuan")):
        steps.setdefault(pk, []).append((day, paid))
    return steps


def _put_plan(courses: dict[int, Course], rows: dict[int, dict[str, Any]], wanted) -> None:
    """Since when each project is in the annual plan, or out of the library; days of stages moved by hand. One query."""
    moves: dict[int, list[tuple[date, int]]] = {}
    found = ProjectTransition.objects.filter(subject__in=wanted, name__in=(*LEAVING, *BY_DOCUMENT)).order_by("pk")
    for project, name, at in found.values_list("subject_id", "name", "at"):
        if name in LEAVING:
            moves.setdefault(project, []).append((periods.day_of(at), LEAVING[name]))
        else:
            rows[project][BY_DOCUMENT[name]] = periods.day_of(at)
    for pk, row in rows.items():
        standing = -1 if row["stage"] == states.REMOVED else int(row["stage"] in PLANNED_STAGES)
        steps = moves.get(pk)
        if not steps or steps[-1][1] != standing:  # registered as it stands, or corrected with an import taken back
            steps = [(ALWAYS, standing)]
        courses[pk].planned = sorted(dict(steps).items())


def _put_procedures(courses: dict[int, Course], wanted) -> None:
    """The day on which the last procedure before payment was settled. One query."""
    unsettled = Count("pk", filter=~Q(state__in=procedure_states.SETTLED))
    rows = Procedure.objects.current().filter(project__in=wanted, kind__blocks_payment=True).order_by().values_list("project_id")
    for project, last, open_ones in rows.annotate(last=Max("ended_on", filter=Q(state=procedure_states.GRANTED)), open_ones=unsettled):
        courses[project].ready_on = None if open_ones else last or ALWAYS


_FACTS = (
    "project_id", "as_of", "step__code", "holder_id", "started_on", "finished_on", "contract_signed_on", "installed_on", "publicised_on",
    "households_declared", "households_paid", "batches_done",
)  # fmt: skip


def _put_statements(courses: dict[int, Course], rows: dict[int, dict[str, Any]], wanted, asked: Asked) -> None:
    """The signed statements of the period and the newest before it; dates of 开工 and 完工 by the newest. Two queries."""
    live = Progress.objects.live()
    before = live.filter(project=OuterRef("pk"), as_of__lte=asked.since).order_by("-as_of").values("pk")[:1]
    first = Project.objects.filter(pk__in=wanted).order_by().annotate(newest=Subquery(before)).values("newest")
    amounts = {"claimed": cents("claimed_unpaid_yuan"), "invested": cents("completed_investment_yuan"), "done": Cast("physical_ratio", BigIntegerField())}
    chosen = Q(pk__in=first)
    if asked.as_of > asked.since:
        chosen |= Q(project__in=wanted, as_of__gt=asked.since, as_of__lte=asked.as_of)
    for fact in live.filter(chosen).order_by("as_of").values(*_FACTS, **amounts):
        course, row = courses[fact["project_id"]], rows[fact["project_id"]]
        course.said.append(Said(fact["as_of"], fact["claimed"] or 0, fact["invested"] or 0, fact["done"] or 0, fact["step__code"] or ""))
        row["holder_id"], row["step"] = fact["holder_id"], fact["step__code"] or ""
        begun, ended = _dates(course.method, fact)
        course.started_on = _earlier(course.started_on, begun) if begun else None
        course.finished_on = _earlier(course.finished_on, ended) if ended else None
    for pk, course in courses.items():
        _by_stage(course, rows[pk])


def _dates(method: str, fact: dict[str, Any]) -> tuple[date | None, date | None]:
    """开工 and 完工 as the 实施方式 knows them: the stated day, or the day of the statement where only a number is stated."""
    as_of = fact["as_of"]
    if method == "purchase":
        return fact["contract_signed_on"], fact["installed_on"]
    if method == "equity":
        return fact["contract_signed_on"], None
    if method == "grant":
        declared = fact["households_declared"] or 0
        all_paid = declared and (fact["households_paid"] or 0) >= declared
        return fact["publicised_on"] or (as_of if declared else None), as_of if all_paid else None
    if method == "subsidy":
        return (as_of if fact["batches_done"] else None), None
    return (None, None) if method == FEE else (fact["started_on"], fact["finished_on"])


def _earlier(known: date | None, said: date) -> date:
    """A day that is stated may be put right by a later statement; one that was only noticed stays the day of the first notice."""
    return said if known is None else min(known, said)


def _by_stage(course: Course, row: dict[str, Any]) -> None:
    """The project's own dates go first; a stage that no statement dates counts from the move, or from ever where nobody kept one."""
    course.started_on, course.finished_on = row["started_on"] or course.started_on, row["finished_on"] or course.finished_on
    place = states.ORDER.index(row["stage"]) if row["stage"] in states.ORDER else -1
    if course.finished_on is None and place >= states.ORDER.index(states.FINISHED):
        course.finished_on = row.get("ended_on", ALWAYS)
    if course.started_on is None and place >= states.ORDER.index(states.STARTED):
        course.started_on = row.get("begun_on", course.finished_on or ALWAYS)


def _put_contracts(courses: dict[int, Course], wanted) -> None:
    """Each project's part of the contracts that have a price, with their terms. Two queries."""
    shares = ContractShare.objects.filter(project__in=wanted, contract__state__in=contract_states.PRICED).exclude(contract__state=contract_states.TERMINATED)
    terms: dict[int, dict[str, int]] = {}
    kinds = PaymentTerm.objects.filter(contract__in=shares.order_by().values("contract_id")).order_by().values_list("contract_id", "kind")
    for contract, kind, total in kinds.annotate(total=Cast(Sum("ratio"), BigIntegerField())):
        terms.setdefault(contract, {})[kind] = total
    rows = shares.order_by("contract_id").values_list(
        "project_id", "contract_id", cents("share_yuan"), cents("contract__price_yuan"), cents("contract__control_price_yuan"),
        cents("contract__bid_price_yuan"), cents("contract__settled_yuan"), "contract__awarded_on", "contract__signed_on", "contract__settled_on",
    )  # fmt: skip
    for project, contract, share, price, control, bid, settled, awarded, signed, settled_on in rows:
        of = terms.get(contract, {})
        saved = (control - bid) * share // price if control and bid and price else 0
        courses[project].deals.append(Deal(
            share, awarded, signed, saved, settled_on, settled * share // price if settled is not None and price else 0,
            of.get(TermKind.ADVANCE, 0), of.get(TermKind.PROGRESS, 0), of.get(TermKind.RETENTION, 0), bool(of),
        ))  # fmt: skip


def _routes(on: date) -> dict[int, Route]:
    """Unit → its 报账 steps in force on a day. One query."""
    rows = ClaimRoute.objects.filter(effective_from__lte=on).order_by("effective_from", "pk")
    return {unit: Route(claim, review) for unit, claim, review in rows.values_list("unit_id", "has_claim", "has_review")}
