"""Procedures under way at a body that is there no longer: nobody can answer before they are handed over (features 1.2, 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Count

from linkage.figures.gaps import Gap
from linkage.models import Organisation, Region
from projects.figures.checklist import Handlers
from projects.figures.procedures import Line, lines_of
from projects.models import Procedure
from projects.models.procedure import ProcedureQuerySet
from projects.states import procedures as states


@dataclass(frozen=True)
class Stranded:
    """One body with what it held; `successor` answers for most of these matters today."""

    body: Organisation
    lines: list[Line]
    successor: Organisation | None

    @property
    def units(self) -> list[Region]:
        return list({line.procedure.project.unit for line in self.lines})


def stranded(user, *, on: date) -> list[Stranded]:
    """In the user's sight, body by body. A constant number of queries."""
    ids = list(Procedure.objects.visible_to(user).stranded().order_by("handler_id", "project_id", "kind__display_order").values_list("pk", flat=True))
    if not ids:
        return []
    handlers = Handlers.on(on)
    bodies: dict[Organisation, list[Line]] = {}
    for line in lines_of(ids, as_of=on):
        bodies.setdefault(line.procedure.handler, []).append(line)
    return [Stranded(body, lines, _successor(lines, handlers)) for body, lines in bodies.items()]


def _successor(lines: Iterable[Line], handlers: Handlers) -> Organisation | None:
    votes: dict[Organisation, int] = {}
    for line in lines:
        answer, _ = handlers.of(line.procedure.project.unit_id, line.procedure.kind.matter_id)
        if answer is not None and answer.is_active:
            votes[answer] = votes.get(answer, 0) + 1
    return max(votes, key=lambda body: votes[body], default=None)


def gaps(tree: list[Region], on: date) -> Iterator[Gap]:
    """Gaps of every reporting unit whose procedures lie at a body that is gone: under way, or recorded and not confirmed; whatever the day. Two queries."""
    moving, recorded = _by_unit(Procedure.objects.stranded()), _by_unit(Procedure.objects.unanswered())
    for region in tree:
        if words := moving.get(region.pk):
            yield Gap(
                "stranded", region, f"停用单位名下还有办理中的手续：{words}", "一次转交给接手的单位", "二(二)3(2)", states.HAND_OVER, "/procedures/handover/"
            )
        if words := recorded.get(region.pk):
            yield Gap(
                "unanswered", region, f"停用单位名下还有代录无人确认：{words}", "由接手的单位、本县审签人或地区专班办公室核实确认", "二(二)3(2)",
                states.ANSWER_FOR, f"/procedures/?state=unconfirmed&unit={region.slug}",
            )  # fmt: skip


def _by_unit(found: ProcedureQuerySet) -> dict[int, str]:
    """Reporting unit → bodies and numbers in words."""
    rows = found.order_by().values_list("project__unit", "handler__name").annotate(count=Count("pk"))
    by_unit: dict[int, list[tuple[str, int]]] = {}
    for unit, name, count in rows:
        by_unit.setdefault(unit, []).append((name, count))
    return {unit: "、".join(f"{name} {count} 项" for name, count in sorted(bodies)) for unit, bodies in by_unit.items()}
