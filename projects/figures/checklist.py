"""Which procedures a project has to go through (features 2.1, 3.1). Pure: the catalogue, the project, the county's answers.

Non-construction projects are asked for nothing that is made for construction: a kind names the 实施方式 it applies to.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from linkage.models import Responsibility
from linkage.periods import WorkCalendar
from projects.models import ExemptionGround, HelpRequest, Procedure, ProcedureKind, Project, ProjectDocument
from projects.models.plain import PlainProject
from projects.states import procedures as states

_BETWEEN_WORDS = re.compile(r"[、,，;；\s]+")


def words_of(kind: ProcedureKind) -> list[str]:
    return [word for word in _BETWEEN_WORDS.split(kind.words) if word]


def applies(kind: ProcedureKind, project: Project | PlainProject, answers: Mapping[str, bool]) -> bool:
    """Is the procedure on the project's list?

    Method and investment decide first. Then the trait: as the county answered; unanswered by the words in name or content,
    and where the kind has no words it stays on the list until the county has answered.
    """
    if not kind.is_active or project.method not in kind.methods:
        return False
    if kind.min_investment_yuan is not None and project.planned_investment_yuan < kind.min_investment_yuan:
        return False
    if kind.trait and kind.trait in answers:
        return bool(answers[kind.trait])
    words = words_of(kind)
    return not words or any(word in f"{project.name} {project.content}" for word in words)


def questions(kinds: Collection[ProcedureKind], project: Project) -> list[str]:
    """The traits that matter for this project's method, in the order of the catalogue."""
    return list(dict.fromkeys(kind.trait for kind in kinds if kind.trait and kind.is_active and project.method in kind.methods))


def suggested_exemption(kind: ProcedureKind, project: Project, grounds: Collection[ExemptionGround]) -> ExemptionGround | None:
    """A ground of 免办 whose threshold lies above the investment (限额以下)."""
    fitting = [g for g in grounds if g.below_yuan is not None and project.planned_investment_yuan < g.below_yuan]
    return min(fitting, key=lambda ground: ground.below_yuan, default=None)


@dataclass(frozen=True)
class Handlers:
    """承办单位 by region and matter on one day: from the dated responsibilities, all read at once."""

    rows: Mapping[tuple[int, int], Responsibility]

    @classmethod
    def on(cls, day: date) -> Handlers:
        rows = Responsibility.objects.on(day).select_related("organisation").order_by("since")
        return cls({(row.region_id, row.matter_id): row for row in rows})

    def of(self, unit_id: int, matter_id: int) -> tuple[Any, str]:
        """(organisation or None, note). No organisation with a note: 本地无此机构; without: a gap."""
        row = self.rows.get((unit_id, matter_id))
        return (row.organisation, row.note) if row else (None, "")


def used(procedures: Iterable[int]) -> set[int]:
    """Of these procedures those on which something hangs that must not go: a document, a 提请协调. Two queries, none without ids."""
    ids = list(procedures)
    if not ids:
        return set()
    found = (model.objects.filter(procedure__in=ids).order_by().values_list("procedure_id", flat=True) for model in (ProjectDocument, HelpRequest))
    return {pk for rows in found for pk in rows}


# -- when could the first payment be made? -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leg:
    """One open procedure on the way: working days still to go by promise, and what has to come first."""

    kind_id: int
    label: str
    days: int
    needs: frozenset[int] = frozenset()
    is_green: bool = False
    is_unknown: bool = False  # nothing promised: counted as 0


@dataclass(frozen=True)
class Path:
    """The chain of open procedures that takes longest, in working days from the day asked for."""

    days: int
    legs: tuple[Leg, ...]
    ready_on: date
    unknown: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        return " → ".join(f"{leg.label} {leg.days} 日" for leg in self.legs)


def critical_path(legs: Collection[Leg], *, as_of: date, calendar: WorkCalendar) -> Path:
    """The longest chain through prerequisites; a green procedure runs beside its prerequisites (并联) and waits for none.

    ready_on = the working day on which every open procedure could be done if each body keeps its promise; nothing open →
    `as_of` itself. A ring of prerequisites is cut where it closes.
    """
    by_kind = {leg.kind_id: leg for leg in legs}
    chains: dict[int, tuple[int, tuple[Leg, ...]]] = {}

    def chain(leg: Leg, above: frozenset[int]) -> tuple[int, tuple[Leg, ...]]:
        if leg.kind_id in chains:
            return chains[leg.kind_id]
        needs = () if leg.is_green else [by_kind[pk] for pk in leg.needs if pk in by_kind and pk not in above]
        before = max((chain(need, above | {leg.kind_id}) for need in needs), key=lambda found: found[0], default=(0, ()))
        found = (before[0] + leg.days, (*before[1], leg))
        if not above:
            chains[leg.kind_id] = found
        return found

    longest = max((chain(leg, frozenset()) for leg in legs), key=lambda found: found[0], default=(0, ()))
    unknown = tuple(leg.label for leg in legs if leg.is_unknown)
    return Path(longest[0], longest[1], calendar.add_workdays(as_of, longest[0]), unknown)


def leg_of(procedure: Procedure, *, as_of: date, calendar: WorkCalendar, promised: int | None, needs: Collection[int]) -> Leg:
    """What is left of a procedure: the promised days less those used; one day when the promise is already broken.

    `promised`: as of today, for what is to be accepted yet; what has been accepted keeps the days of its acceptance.
    """
    is_accepted = procedure.state in (*states.RUNNING, states.CORRECTING, states.REFERRED)
    own = procedure.promised_days if procedure.promised_days is not None else procedure.legal_days
    days = own if is_accepted and own is not None else promised
    left = days or 0
    if is_accepted and days is not None:
        used = procedure.term_days or 0
        if procedure.state in states.RUNNING and procedure.last_on:
            used += calendar.workdays_between(procedure.last_on, max(as_of, procedure.last_on))
        left = max(1, days - used)
    return Leg(procedure.kind_id, procedure.kind.name, left, frozenset(needs), procedure.is_green, is_unknown=days is None)
