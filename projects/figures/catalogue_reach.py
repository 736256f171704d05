"""How far a change of the catalogue reaches: which standing lists it would alter, and how (features 3.1).

Nothing is written here. What is done stays as it is: settled procedures keep their place and their days. A new matter is asked of
projects whose works have not begun. Days follow the term in force on the day of 受理.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from linkage.models import Region
from projects import states as stages
from projects.figures.checklist import applies, used
from projects.models import Procedure, ProcedureKind, ProcedureTerm, Project, ProjectTraits, Stage
from projects.states import procedures as states

ADD, BACK, OFF, DROP, TERM = "add", "back", "off", "drop", "term"
WORDS = {ADD: "列入清单", BACK: "恢复到清单", OFF: "移出清单，保留记录", DROP: "移出清单（没有办过）", TERM: "时限改变"}
BEFORE_WORKS = tuple(stages.ORDER[stages.ORDER.index(stages.PLANNED) : stages.ORDER.index(stages.STARTED)])
BEGUN = tuple(stages.ORDER[stages.ORDER.index(stages.STARTED) :])
ON_TERM = (*states.RUNNING, states.CORRECTING, states.REFERRED)
COLUMNS = ("unit", "name", "code", "method", "content", "planned_investment_yuan", "stage")


@dataclass(frozen=True)
class Change:
    """What happens to one project's list."""

    what: str
    project: Project
    procedure: Procedure | None = None
    term: ProcedureTerm | None = None

    @property
    def words(self) -> str:
        if self.what != TERM or self.procedure is None:
            return WORDS[self.what]
        before = (self.procedure.legal_days, self.procedure.promised_days)
        after = (self.term.legal_days, self.term.promised_days) if self.term else (None, None)
        parts = [
            f"{name} {_days(old)} → {_days(new)}" for name, old, new in zip(("法定", "承诺"), before, after, strict=True) if old != new
        ]  # fmt: skip
        return f"{'，'.join(parts)} 个工作日（{self.procedure.accepted_on} 受理）"


def _days(value: int | None) -> str:
    return "无" if value is None else str(value)


@dataclass(frozen=True)
class Reach:
    """Every list that a change alters. `settled` were done under the old catalogue and stay; `begun` projects get nothing new."""

    kind: ProcedureKind
    changes: list[Change]
    settled: int
    begun: int

    @property
    def projects(self) -> int:
        return len({change.project.pk for change in self.changes})

    @property
    def units(self) -> dict[Region, int]:
        found: dict[Region, set[int]] = {}
        for change in self.changes:
            found.setdefault(change.project.unit, set()).add(change.project.pk)
        return {unit: len(projects) for unit, projects in found.items()}

    def count(self, what: str) -> int:
        return sum(change.what == what for change in self.changes)

    @property
    def words(self) -> str:
        """列入清单 3 项，时限改变 2 项."""
        return "，".join(f"{WORDS[what]} {self.count(what)} 项" for what in WORDS if self.count(what))

    @property
    def mark(self) -> str:
        """Of exactly what was looked at: applying it asks for the same."""
        parts = [f"{c.what}:{c.project.pk}:{c.procedure.revision if c.procedure else ''}:{c.term.pk if c.term else ''}" for c in self.changes]
        return hashlib.sha256("\n".join([f"{self.kind.pk}:{self.kind.revision}", *parts]).encode()).hexdigest()[:32]


def reach(kind: ProcedureKind, *, lock: bool = False) -> Reach:
    """Standing lists beside the catalogue as it is now, for one kind. Eight queries whatever the number of projects."""
    have = Procedure.objects.filter(kind=kind)
    procedures = {row.project_id: row for row in (have.select_for_update() if lock else have).order_by("pk")}
    held = used(row.pk for row in procedures.values() if row.is_untouched)
    terms = list(kind.terms.all())
    answers = dict(ProjectTraits.objects.values_list("project_id", "answers")) if kind.trait else {}
    changes: list[Change] = []
    settled = begun = 0
    for project in _projects(kind):
        row, wanted = procedures.get(project.pk), applies(kind, project, answers.get(project.pk, {}))
        if row is None and wanted and project.stage in BEGUN:
            begun += 1
        elif row is not None and row.state in states.SETTLED:
            settled += not wanted or _other_term(row, terms) is not None
        else:
            changes += _changes(project, row, wanted, terms, held)
    return Reach(kind, changes, settled, begun)


def _projects(kind: ProcedureKind) -> Iterator[Project]:
    """Projects with a list: in the plan, or before it where the county asked for one; removed ones are left alone."""
    rows = Project.objects.filter(method__in=kind.methods) | Project.objects.filter(pk__in=Procedure.objects.filter(kind=kind).values("project"))
    listed = rows.exclude(stage=Stage.REMOVED).filter(pk__in=Procedure.objects.order_by().values("project")) | rows.filter(stage__in=BEFORE_WORKS)
    yield from listed.select_related("unit").only(*COLUMNS, "unit__name", "unit__path", "unit__slug").order_by("unit__display_order", "code")


def _changes(project: Project, row: Procedure | None, wanted: bool, terms: list[ProcedureTerm], held: set[int]) -> Iterator[Change]:
    if row is None:
        if wanted:
            yield Change(ADD, project)
    elif not wanted:
        if row.is_applicable:
            yield Change(DROP if row.is_untouched and row.pk not in held else OFF, project, row)
    else:
        if not row.is_applicable:
            yield Change(BACK, project, row)
        if (term := _other_term(row, terms)) is not None and row.state in ON_TERM:
            yield Change(TERM, project, row, term)


def _other_term(row: Procedure, terms: list[ProcedureTerm]) -> ProcedureTerm | None:
    """The term of the day of 受理, where the procedure goes by other days."""
    if row.accepted_on is None:
        return None
    term = term_of(terms, row.accepted_on)
    return term if term and (term.legal_days, term.promised_days) != (row.legal_days, row.promised_days) else None


def term_of(terms: list[ProcedureTerm], day: date) -> ProcedureTerm | None:
    """`terms` newest first, as the model orders them."""
    return next((term for term in terms if term.effective_from <= day), None)
