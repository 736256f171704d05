"""Who has the money's next step in hand: 当前环节／承办单位. The holder is a fact of the day asked for, never a verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from linkage.models import Function, Organisation, OrganisationFunction, Region, TaskLead
from projects.models import Procedure
from projects.states import procedures as procedure_states

from .links import Link

BY_COUNTY = (Link.ISSUE, Link.COUNTY, Link.MATCHING, Link.UNSPENDABLE)


STATED_STEPS: dict[str, str] = {"tender": Link.START}  # words of 当前环节 that stand for another link


def names_holder_of(link: Link, step: str) -> bool:
    """Does a 承办单位 stated together with this 当前环节 speak of the link? One stated without any speaks of every link."""
    return not step or STATED_STEPS.get(step, step) == link


class Holder(NamedTuple):
    """`pk` of the organisation (None where none is known), its name, and the matter it handles (empty: the link itself)."""

    pk: int | None
    name: str
    matter: str = ""


class OpenProcedure(NamedTuple):
    matter: str
    handler: int | None
    note: str
    is_open: bool


@dataclass
class Holders:
    """Everything needed to name holders on a day, read at once. Four queries."""

    regions: dict[int, str]
    names: dict[int, str]
    functions: dict[tuple[int, str], int]
    leads: dict[tuple[int, int], int]
    procedures: dict[int, OpenProcedure]

    @classmethod
    def load(cls, on: date, projects, ids: Iterable[int]) -> Holders:
        """`projects`: ids (or a query of them) whose procedures matter; `ids`: organisations named by projects and statements."""
        procedures = _procedures(projects, on)
        functions: dict[tuple[int, str], int] = {}
        rows = OrganisationFunction.objects.on(on).filter(function__in=(Function.FINANCE, Function.OFFICE), organisation__is_active=True)
        for region, function, pk in rows.order_by("pk").values_list("organisation__region_id", "function", "organisation_id"):
            functions.setdefault((region, function), pk)
        leads: dict[tuple[int, int], int] = {}
        for region, task, pk in TaskLead.objects.on(on).order_by("pk").values_list("organisation__region_id", "task_id", "organisation_id"):
            leads.setdefault((region, task), pk)
        named = {*ids, *functions.values(), *leads.values(), *(found.handler for found in procedures.values() if found.handler)}
        names = {
            pk: f"{short or name}（系统外）" if outside else short or name
            for pk, name, short, outside in Organisation.objects.filter(pk__in=named).order_by().values_list("pk", "name", "short_name", "is_outside")
        }
        regions = dict(Region.objects.filter(is_active=True).exclude(kind="township").order_by().values_list("pk", "name"))
        return cls(regions, names, functions, leads, procedures)

    def of(self, link: Link, *, unit: int | None, task: int, project: int | None = None, said: int | None = None, implementer: int | None = None) -> Holder:
        """The holder of money in `link`; `said`: the 承办单位 of the newest signed statement."""
        if link == Link.PROCEDURE and project in self.procedures:
            found = self.procedures[project]
            absent = "本地无此机构" if found.note else "承办单位待明确"
            return Holder(found.handler, self.names.get(found.handler or 0, absent), found.matter)
        if link in BY_COUNTY:
            return self._body(unit, Function.OFFICE)
        if link in (Link.TREASURY, Link.SURPLUS):
            return self._named(said) or self._body(unit, Function.FINANCE)
        if link == Link.REVIEW:
            return self._named(said) or self._named(self.leads.get((unit or 0, task))) or self._body(unit, Function.OFFICE)
        return self._named(said) or self._named(implementer) or self._body(unit, Function.OFFICE)

    def _named(self, pk: int | None) -> Holder | None:
        return Holder(pk, self.names[pk]) if pk in self.names else None

    def _body(self, unit: int | None, function: str) -> Holder:
        """The body of the unit with this function, else the unit's own task force."""
        known = self._named(self.functions.get((unit or 0, function)))
        return known or Holder(None, f"{self.regions.get(unit or 0, '')}{'财政部门' if function == Function.FINANCE else '专班办公室'}")


def _procedures(projects, on: date) -> dict[int, OpenProcedure]:
    """Project → the procedure its money waits for: the one applied for first, else the first of the catalogue. One query."""
    rows = (
        Procedure.objects.current().filter(project__in=projects, kind__blocks_payment=True)
        .filter(~Q(state__in=procedure_states.SETTLED) | Q(ended_on__gt=on)).order_by("applied_on", "kind__display_order", "pk")
    )  # fmt: skip
    found: dict[int, OpenProcedure] = {}
    for project, matter, handler, note, state in rows.values_list("project_id", "kind__matter__name", "handler_id", "handler_note", "state"):
        under_way = state in procedure_states.OPEN
        if project not in found or (under_way and not found[project].is_open):
            found[project] = OpenProcedure(matter, handler, note, under_way)
    return found
