"""An approval system's own export: which project, which procedure, three dates and a 文号 (features 3.2).

A body records what it did itself, a county's clerk records for it (代录). What stands already is left; what stands
differently is told, never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from linkage import access, periods
from linkage.errors import Refusal
from linkage.excel import CellProblem, Field, FoundTable
from linkage.figures.names import squeeze
from linkage.imports.base import AnyTables, Difference, ImportKind, Question, Row, Staged, Verdict, register
from linkage.imports.tables import skipped_rows
from linkage.models import Region
from projects.actions.procedure import Capacity, capacity
from projects.actions.procedure_bulk import Course, Did, record_courses
from projects.figures.procedures import JOINS, STANDING
from projects.models import Confirmation, Procedure, ProcedureKind
from projects.states import procedures as states

from .tables import OUR_CODE

CODE = "procedures"
PERMISSION = "procedure.import"
READ = ("code", "name", "unit", "matter", "filed_on", "received_on", "answered_on", "document")
DATES = {"filed_on": "申请日期", "received_on": "受理日期", "answered_on": "办结日期"}
KEPT = {"filed_on": "applied_on", "received_on": "accepted_on", "answered_on": "ended_on"}


def mine(by):
    """Procedures this person may record: of the bodies it sits in, and of its county."""
    condition = Q(pk__in=[])
    for grant in access.grants_of(by):
        if states.ACT in grant.permissions and grant.organisation_id:
            condition |= Q(handler=grant.organisation_id, project__unit__path__startswith=grant.region_path)
        if states.RECORD in grant.permissions:
            condition |= Q(project__unit__path__startswith=grant.region_path)
    return Procedure.objects.visible_to(by).current().filter(condition)


def fields(by) -> tuple[Field, ...]:
    kinds = ProcedureKind.objects.filter(pk__in=mine(by).order_by().values("kind")).values_list("name", flat=True)
    return (
        Field("code", "项目编号", max_length=30, width=16, help="项目名称在范围内只有一个时可以不填"),
        Field("name", "项目名称", required=True, max_length=200, width=28),
        Field("matter", "手续", "choice" if kinds else "text", True, choices=tuple(kinds), width=22), Field("filed_on", "申请日期", "date"),
        Field("received_on", "受理日期", "date", True), Field("answered_on", "办结日期", "date"), Field("document", "文号", max_length=120, width=22),
    )  # fmt: skip


# -- a table in any form --------------------------------------------------------------------------------------------------


def questions(by, tables: list[FoundTable]) -> list[Question]:
    """The procedure, where the rows do not name it: an export often holds one matter only."""
    if all(row.values.get("matter") for table in tables for row in table.rows):
        return []
    names = ProcedureKind.objects.filter(pk__in=mine(by).order_by().values("kind")).values_list("name", flat=True)
    return [Question("matter", "手续", choices=tuple((name, name) for name in names), help="表里没有写明事项的各行，都按这里。")]


def rows(by, tables: list[FoundTable], answers: Mapping[str, str], at: datetime) -> list[Row]:
    found = []
    several = len({table.sheet for table in tables}) > 1
    for table in tables:
        sheet = table.sheet if several else ""
        letters = {column.field: column.letter for column in reversed(table.columns) if column.field}
        headers = {column.field: column.header for column in table.columns if column.field}
        made = [_row(row, answers, sheet, letters, headers) for row in table.rows]
        found += sorted([*made, *skipped_rows(table, sheet)], key=lambda one: one.number)
    return found


def _row(row, answers: Mapping[str, str], sheet: str, letters: dict[str, str], headers: dict[str, str]) -> Row:
    code = str(row.values.get("code") or "").strip()
    values = {
        "code": code if OUR_CODE.fullmatch(code) else None, "name": row.values.get("name"), "matter": row.values.get("matter") or answers.get("matter"),
        "filed_on": row.first_day("filed_on"), "received_on": row.first_day("received_on"), "answered_on": row.last_day("answered_on"),
        "document": row.values.get("document"),
    }  # fmt: skip
    return Row(row.number, values, letters, headers, sheet, tuple(row.problems), tuple(row.doubts), free=True)


def home(by) -> Region | None:
    """The one region of the person's seats that record: mappings are shared there."""
    ids = {grant.region_id for grant in access.grants_of(by) if PERMISSION in grant.permissions}
    return Region.objects.get(pk=ids.pop()) if len(ids) == 1 else None


# -- judging ----------------------------------------------------------------------------------------------------------------


@dataclass
class Context:
    """Projects by code and by name, their procedures in this person's hands, and in which capacity."""

    today: date
    by_code: dict[str, int]
    by_name: dict[str, set[int]]
    procedures: dict[int, list[Procedure]]
    acting: dict[int, str]


def begin(by, at: datetime, rows: list[Row]) -> Context:
    known = mine(by).order_by().values_list("project_id", "project__code", "project__name").distinct()
    by_code, by_name = {}, {}
    for pk, code, name in known:
        by_code[code] = pk
        by_name.setdefault(squeeze(name), set()).add(pk)
    wanted: set[int] = set()
    for row in rows:
        wanted |= _projects(row.values, by_code, by_name)
    procedures: dict[int, list[Procedure]] = {}
    acting = {}
    for procedure in mine(by).filter(project__in=wanted).select_related(*JOINS).prefetch_related(STANDING):
        procedures.setdefault(procedure.project_id, []).append(procedure)
        acting[procedure.pk] = capacity(by, procedure)
    return Context(periods.day_of(at), by_code, by_name, procedures, acting)


def _projects(values: Mapping[str, Any], by_code: dict[str, int], by_name: dict[str, set[int]]) -> set[int]:
    if values.get("code"):
        return {by_code[values["code"]]} if values["code"] in by_code else set()
    return by_name.get(squeeze(values.get("name") or ""), set())


def check_row(row: Row, context: Context) -> Verdict:
    found = _projects(row.values, context.by_code, context.by_name)
    if not found:
        key = "code" if row.values.get("code") else "name"
        return Verdict.error(row.problem(key, "您办理的手续里没有这个项目。请核对编号或名称，或在“导入”时删去这一行。"))
    if len(found) > 1:
        return Verdict.error(row.problem("name", f"有 {len(found)} 个项目叫这个名称，请补填项目编号。"))
    own = context.procedures.get(found.pop(), [])
    fitting = _fitting(own, row.values.get("matter") or "")
    if len(fitting) != 1:
        names = "、".join(one.kind.name for one in own)
        return Verdict.error(row.problem("matter", f"这个项目由您办理的手续是：{names}。请写其中一项。"), label=own[0].project.name if own else "")
    return _judge(row, fitting[0], context)


def _fitting(own: list[Procedure], word: str) -> list[Procedure]:
    """By the name of the procedure or of its matter; then where one holds the other."""
    plain = squeeze(word)
    if not plain:
        return []
    exact = [one for one in own if plain in (squeeze(one.kind.name), squeeze(one.kind.matter.name))]
    return exact or [one for one in own if plain in squeeze(one.kind.name) or squeeze(one.kind.name) in plain]


def _judge(row: Row, procedure: Procedure, context: Context) -> Verdict:
    label = f"{procedure.project.name}：{procedure.kind.name}"
    problems = _dates_wrong(row, context.today) + _differing(row, procedure)
    if problems:
        return Verdict.error(*problems, label=label)
    try:
        steps = _steps(row, procedure)
    except Refusal as refusal:
        return Verdict.error(row.problem("answered_on", refusal.message), label=label)
    confirm = procedure.confirmation == Confirmation.WAITING and context.acting[procedure.pk] == Capacity.BODY
    if not steps and not confirm:
        return Verdict.unchanged(label=label)
    data = {
        "procedure": procedure.pk, "revision": procedure.revision, "confirm": confirm,
        "steps": [{"name": did.transition.name, "on": did.on, "document": did.document} for did in steps],
    }  # fmt: skip
    words = [Difference(states.move_words(procedure.kind.nature, did.transition), "", f"{did.on}{f' {did.document}' if did.document else ''}") for did in steps]
    if confirm:
        words.append(Difference("县级代录", "待确认", "已确认"))
    return Verdict.changed(data, words, label=label)


def _dates_wrong(row: Row, today: date) -> list[CellProblem]:
    """Dates in order and none ahead; 办结 needs its 文号 and its 受理."""
    values, found, before = row.values, [], None
    for key, label in DATES.items():
        day = values.get(key)
        if day is None:
            continue
        if day > today:
            found.append(row.problem(key, f"{label}在今天之后，请改正。"))
        elif before and day < before[1]:
            found.append(row.problem(key, f"{label}早于{before[0]}，请核对。"))
        before = (label, day)
    if values.get("answered_on") and not (values.get("document") or "").strip():
        found.append(row.problem("document", "有办结日期须有文号，请补填。"))
    if values.get("answered_on") and not values.get("received_on"):
        found.append(row.problem("received_on", "有办结日期须有受理日期，请补填。"))
    if not any(values.get(key) for key in DATES):
        found.append(row.problem("received_on", "没有日期，无可记录。请填写受理日期，或删去这一行。"))
    return found


def _differing(row: Row, procedure: Procedure) -> list[CellProblem]:
    """What stands in the system otherwise is never overwritten by a sheet."""
    if procedure.state in (states.NOT_APPLIED, *states.FAILED):
        return []
    found = []
    for key, name in KEPT.items():
        said, stands = row.values.get(key), getattr(procedure, name)
        if said and stands and said != stands:
            who = "县里代录" if procedure.confirmation == Confirmation.WAITING else "系统中"
            found.append(row.problem(key, f"{who}的{DATES[key]}是 {stands}，与本表不符。请在手续页面更正或提出异议后再导入。"))
    document = (row.values.get("document") or "").strip()
    if procedure.document_no and document and squeeze(document) != squeeze(procedure.document_no):
        found.append(row.problem("document", f"系统中的文号是“{procedure.document_no}”，与本表不符。请在手续页面更正后再导入。"))
    return found


def _steps(row: Row, procedure: Procedure) -> list[Did]:
    """What the row adds to what stands. Raises Refusal where the page has to be used."""
    values, state, steps = row.values, procedure.state, []
    received, answered = values.get("received_on"), values.get("answered_on")
    if state == states.EXEMPT:
        raise Refusal("系统中已登记为免办。确需办理的，请先在手续页面恢复办理。")
    if state in (states.NOT_APPLIED, *states.FAILED):
        steps.append(Did(states.APPLY, values.get("filed_on") or received or answered))
        state = states.APPLIED
    if state == states.APPLIED and received:
        steps.append(Did(states.ACCEPT, received))
        state = states.ACCEPTED
    if answered and state != states.GRANTED:
        if state not in states.GRANT.sources:
            raise Refusal(f"现在是“{procedure.state_words}”，不能直接办结。请先在手续页面记录补正或补齐。")
        steps.append(Did(states.GRANT, answered, (values.get("document") or "").strip()))
    if steps and procedure.last_on and steps[0].on < procedure.last_on:
        raise Refusal(f"{steps[0].transition.label}日期 {steps[0].on} 早于系统中上一步的日期 {procedure.last_on}。请核对。")
    return steps


def apply_rows(rows: list[Staged], *, by, at: datetime, context: Context) -> None:
    courses = [
        Course(
            data["procedure"], tuple(Did(states.TRANSITIONS[one["name"]], one["on"], one["document"]) for one in data["steps"]), data["revision"],
            confirm=data["confirm"],
        )
        for data in (staged.data for staged in rows)
    ]  # fmt: skip
    record_courses(courses=courses, by=by, at=at)


def _key(values: dict[str, Any]) -> Any:
    return (values.get("code") or squeeze(values.get("name") or ""), squeeze(values.get("matter") or ""))


register(
    ImportKind(
        code=CODE, title="手续办理结果", permission=PERMISSION, fields=fields, begin=begin, check_row=check_row, apply_rows=apply_rows, key=_key,
        result_url="/procedures/?state=all", order=60, any_tables=AnyTables(fields=READ, questions=questions, rows=rows, home=home),
        help="承办单位自己的审批台账（项目、事项、受理和办结日期、文号），一次记入；系统中已有且不一致的逐行说明，不覆盖。县里导入的为代录，须承办单位确认。",
    )
)  # fmt: skip
