"""The simple template 项目库 (kind `projects`): new projects, and changes to those already registered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from linkage.errors import Refusal
from linkage.excel import CellProblem, Field
from linkage.figures.names import RegionNames, squeeze, words_for
from linkage.imports.base import Difference, ImportKind, Row, Staged, Verdict, Written, decode, encode, register
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, Organisation, Region
from linkage.money import wan_text
from projects import states
from projects.actions.project import (
    AFTER_PLAN,
    APPROVED_CHANGES,
    EDITABLE,
    Change,
    create_projects,
    draft_project,
    new_project_problems,
    update_projects,
)
from projects.actions.undo import take_back
from projects.checks import LABELS, field_problems, personal_problems
from projects.forms import units_to_edit
from projects.imports.alike import Alike
from projects.imports.tables import ANY_TABLES
from projects.models import Method, Project, Stage

STAGES = {Stage(stage).label: stage for stage in states.UNTIL_START}
METHODS = {method.label: method.value for method in Method}
REASON = "按导入的项目表调整"
IN_ONE_QUERY = 900
HELP = "一行一个项目。编号留空时按“县区＋年度＋名称”认项目：没有的新登记，已有的按本表修改；空着的格不改原有内容。"


@dataclass(frozen=True)
class Context:
    """Every look-up of one file."""

    by: Any
    at: datetime
    units: dict[str, Region]
    tasks: dict[str, FundTask]
    categories: dict[str, DictionaryEntry]
    organisations: dict[tuple[int, str], Organisation]
    by_code: dict[str, Project]
    by_name: dict[tuple[int, int, str], Project]
    alike: Alike
    claimed: dict[tuple, Row]

    @property
    def only_unit(self) -> Region | None:
        return next(iter(self.units.values())) if len(self.units) == 1 else None


def fields(by) -> tuple[Field, ...]:
    """Columns of the template; drop-downs from the data as it is now."""
    units = list(units_to_edit(by))
    tasks = list(FundTask.objects.filter(is_active=True))
    categories = tuple(entry.name for entry in DictionaryEntry.objects.of(DictionaryKind.CATEGORY))
    return (
        Field("unit", "县（市、区）", "choice", len(units) > 1, choices=tuple(unit.name for unit in units), also=words_for(units, RegionNames())),
        Field("name", "项目名称", required=True, max_length=200, width=32),
        Field("project_year", "项目年度", "int", True),
        Field("method", "实施方式", "choice", True, choices=tuple(METHODS)),
        Field(
            "task", "资金任务", "choice", True, choices=tuple(task.name for task in tasks),
            also=tuple((squeeze(task.short_name), task.name) for task in tasks),
        ),
        Field("category", "项目类别", "choice", choices=categories),
        Field("planned_investment_yuan", "计划投资", "wan", True),
        Field("implementer", "实施单位", max_length=120, help="单位名称须与名录一致"),
        Field("site", "建设地点", max_length=200),
        Field("content", "建设内容", max_length=2000, width=40),
        Field("planned_start_on", "计划开工", "date"),
        Field("planned_finish_on", "计划完工", "date"),
        Field("stage", "阶段", "choice", choices=tuple(STAGES), help="只用于新登记，空着为申报；审定入库以后须写依据文件"),
        Field("document", "依据文件", max_length=120, help="审定入库、列入计划或调整的文号"),
        Field("code", "项目编号", max_length=30, help="改已有项目的名称时填写"),
    )


def begin(by, at: datetime, rows: list[Row]) -> Context:
    units = {unit.name: unit for unit in units_to_edit(by).select_related("parent")}
    ids = [unit.pk for unit in units.values()]
    above = [unit.parent_id for unit in units.values() if unit.parent_id]
    projects = _standing_projects(ids, rows)
    organisations = Organisation.objects.filter(region__in=[*ids, *above], is_active=True)
    return Context(
        by=by, at=at, units=units, tasks={task.name: task for task in FundTask.objects.filter(is_active=True)},
        categories={entry.name: entry for entry in DictionaryEntry.objects.of(DictionaryKind.CATEGORY)},
        organisations={(one.region_id, name): one for one in organisations for name in (one.name, one.short_name) if name},
        by_code={project.code: project for project in projects},
        by_name={(project.unit_id, project.project_year, project.name): project for project in projects},
        alike=Alike(ids if any(row.free for row in rows) else []), claimed={},
    )  # fmt: skip


def _standing_projects(unit_ids: list[int], rows: list[Row]) -> list[Project]:
    """Projects of these units that a row names or numbers."""
    found: dict[int, Project] = {}
    for field in ("name", "code"):
        words = list({row.values[field] for row in rows if row.values[field]})
        for start in range(0, len(words), IN_ONE_QUERY):
            some = {f"{field}__in": words[start : start + IN_ONE_QUERY]}
            rows_of_it = Project.objects.filter(unit__in=unit_ids, **some).prefetch_related("task", "category", "implementer")
            found |= {project.pk: project for project in rows_of_it}
    return list(found.values())


def check_row(row: Row, context: Context) -> Verdict:
    """New, changed or unchanged by code, else by unit, year and name; every problem of the row at once."""
    unit = context.units.get(row.values["unit"]) if row.values["unit"] else context.only_unit
    if unit is None:
        return Verdict.error(row.problem("unit", "请从下拉中选本人负责填报的县（市、区）。"))
    values, problems = _values(row, unit, context)
    standing = _standing(row, unit, context, problems)
    if not problems and (first := _claimed_by(row, unit, standing, context)) is not row:
        where = f"工作表“{first.sheet}”第 {first.number} 行" if first.sheet != row.sheet else f"第 {first.number} 行"
        how = "按编号认出" if first.values["code"] else "按名称认出"
        problems.append(row.problem("name", f"与{where}（{how}）说的是同一个项目，表中只能出现一次。请并成一行，删去另一行。"))
    if problems:
        return Verdict.error(*problems, label=row.values["name"] or "")
    if standing is None:
        return _new(row, unit, values, context)
    return _changed(row, standing, {name: value for name, value in values.items() if name not in row.assumed})


def _values(row: Row, unit: Region, context: Context) -> tuple[dict[str, Any], list[CellProblem]]:
    """Model values of the row's filled cells; names that lead nowhere are problems."""
    values: dict[str, Any] = {name: row.values[name] for name in EDITABLE if name in row.values and row.values[name] is not None}
    problems = []
    if row.values["method"] is None or row.values["task"] is None:  # the template asks for both by itself
        return values, [row.problem(key, "请在“各列对应”里为整个文件选一个。") for key in ("method", "task") if row.values[key] is None]
    values["method"] = METHODS[row.values["method"]]
    for key, known in (("task", context.tasks), ("category", context.categories)):
        if word := row.values[key]:
            values[key] = known.get(word)
            if word not in known:
                problems.append(row.problem(key, f"“{word}”核对之后已停用。请改填现在可选的，重新上传。"))
    if name := row.values["implementer"]:
        found = context.organisations.get((unit.pk, name)) or context.organisations.get((unit.parent_id, name))
        if found is None:
            problems.append(row.problem("implementer", f"名录里没有“{name}”。请按名录写全称，或先请办公室登记该单位。"))
        values["implementer"] = found
    return values, problems


def _standing(row: Row, unit: Region, context: Context, problems: list[CellProblem]) -> Project | None:
    code = row.values["code"]
    if not code:
        return context.by_name.get((unit.pk, row.values["project_year"], row.values["name"]))
    found = context.by_code.get(code)
    if found is None or found.unit_id != unit.pk:
        problems.append(row.problem("code", f"{unit.name}没有编号为“{code}”的项目。新项目请把编号留空。"))
        return None
    return found


def _claimed_by(row: Row, unit: Region, standing: Project | None, context: Context) -> Row:
    """The first row of the file that speaks of this project: one may name it by our number, another by its name, old or new."""
    named = (unit.pk, row.values["project_year"], row.values["name"])
    first = context.claimed.setdefault(named, row)
    if first is not row and first.values["code"] and row.values["code"]:
        first = row  # two standing projects may have one name
    if standing is None or first is not row:
        return first
    return context.claimed.setdefault((standing.pk,), row)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Foreign keys as ids, as they travel to apply_rows."""
    return {f"{name}_id" if hasattr(value, "pk") else name: value.pk if hasattr(value, "pk") else value for name, value in values.items()}


def _new(row: Row, unit: Region, values: dict[str, Any], context: Context) -> Verdict:
    stage, document = STAGES.get(row.values["stage"] or "", Stage.PROPOSED), row.values["document"] or ""
    draft = draft_project(unit, {"planned_investment_yuan": None} | values | {"stage": stage}, context.at)
    if found := new_project_problems(draft, draft.name, document):
        return Verdict.error(*(row.problem(p.place, f"{p.message}。{p.repair}") for p in found), label=draft.name)
    data = {"unit_id": unit.pk, "document": document, "values": _plain(values | {"stage": stage})}
    if row.free and (like := context.alike.find(draft)):
        words = f"与已有项目“{like.name}”（{like.code}，{wan_text(like.yuan)} 万元）很像，可能是同一个。"
        return Verdict.suspect(data, row.problem("name", words + "确是另一个项目，请点“照样登记”。"), label=draft.name)
    return Verdict.new(data, label=draft.name)


def _changed(row: Row, standing: Project, values: dict[str, Any]) -> Verdict:
    changes = {name: value for name, value in values.items() if getattr(standing, name) != value}
    if not changes:
        return Verdict.unchanged(label=standing.name)
    document = row.values["document"] or ""
    problems = _change_problems(row, standing, changes, document)
    if problems:
        return Verdict.error(*problems, label=standing.name)
    differences = [Difference(LABELS[name], _word(getattr(standing, name)), _word(value)) for name, value in changes.items()]
    data = {"pk": standing.pk, "revision": standing.revision, "document": document, "values": _plain(changes)}
    return Verdict.changed(data, differences, label=standing.name)


def _change_problems(row: Row, standing: Project, changes: dict[str, Any], document: str) -> list[CellProblem]:
    wished = Project(**{field.attname: getattr(standing, field.attname) for field in Project._meta.concrete_fields})
    for name, value in changes.items():
        setattr(wished, name, value)
    texts = {name: getattr(wished, name) for name in ("name", "content", "site")}
    problems = [row.problem(p.place, f"{p.message}。{p.repair}") for p in field_problems(wished) + personal_problems(texts)]
    approved = [LABELS[name] for name in changes if name in APPROVED_CHANGES]
    if standing.stage in AFTER_PLAN and approved and not document:
        problems.append(row.problem("document", f"项目已列入年度计划，调整{'、'.join(approved)}须写批准文件的文号。"))
    if standing.stage != Stage.REMOVED and standing.stage not in states.rail(wished.method):
        problems.append(row.problem("method", f"项目现在是“{standing.get_stage_display()}”，不能改成这种实施方式。请先退回前面的阶段。"))
    return problems


def _word(value: Any) -> str:
    if value in (None, ""):
        return "空"
    if hasattr(value, "as_tuple"):
        return f"{wan_text(value)} 万元"
    return METHODS_BY_VALUE.get(value, str(value)) if isinstance(value, str) else str(value)


METHODS_BY_VALUE = {value: label for label, value in METHODS.items()}


def apply_rows(rows: list[Staged], *, by, at: datetime, context: Context) -> Written:
    """New projects set-based per unit and document, changes all together, through the actions of the page."""
    units = {unit.pk: unit for unit in context.units.values()}
    pools = _pools(context)
    standing = {project.pk: project for project in context.by_code.values()}
    new, changes, written = defaultdict(list), [], Written([], {})
    for staged in rows:
        data, values = staged.data, _instances(staged.data["values"], pools)
        if staged.verdict == "new":
            new[data["unit_id"], data["document"]].append(values)
        else:
            changes.append(Change(data["pk"], values, data["revision"], data["document"]))
            before = {name: encode(getattr(standing[data["pk"]], name)) for name in data["values"]}
            written.changed[data["pk"]] = {"revision": data["revision"] + 1, "before": before}
    for (unit_id, document), drafts in new.items():
        written.created.extend(project.pk for project in create_projects(unit=units[unit_id], rows=drafts, by=by, at=at, document=document))
    _refuse_twins([(unit_id, draft["project_year"], draft["name"]) for (unit_id, _), drafts in new.items() for draft in drafts])
    update_projects(changes=changes, by=by, at=at, reason=REASON)
    return written


def _refuse_twins(made: list[tuple[int, int, str]]) -> None:
    """One table confirmed twice at once: taking numbers, the second has waited for the first, and now sees its projects.

    `made` are (unit, year, name) of the projects just written. Raises Refusal, so that the whole import is undone.
    """
    of_year: dict[tuple[int, int], list[str]] = defaultdict(list)
    for unit_id, year, name in made:
        of_year[unit_id, year].append(name)
    for (unit_id, year), names in of_year.items():
        for start in range(0, len(names), IN_ONE_QUERY):
            rows = Project.objects.filter(unit=unit_id, project_year=year, name__in=names[start : start + IN_ONE_QUERY]).order_by("name")
            if twin := rows.values("name").annotate(times=Count("pk")).filter(times__gt=1).first():
                words = f"“{twin['name']}”刚由另一次登记写入，或在表中出现了两次，未写入任何数据。请点“重试”重新核对。"
                raise Refusal(words, code="already_recorded")


def undo(trace, *, by, at: datetime) -> str:
    """Take an import back through the action; former values are decoded from their marks."""
    changed = {int(pk): (kept["revision"], decode(kept["before"])) for pk, kept in trace.changed.items()}
    return take_back(created=trace.created, changed=changed, by=by, at=at)


def _pools(context: Context) -> dict[str, dict[int, Any]]:
    """The rows that a foreign key of a sheet may lead to, by id."""
    known = {"task_id": context.tasks, "category_id": context.categories, "implementer_id": context.organisations}
    return {name: {one.pk: one for one in pool.values()} for name, pool in known.items()}


def _instances(values: dict[str, Any], pools: dict[str, dict[int, Any]]) -> dict[str, Any]:
    """Ids back to the rows of the context."""
    return {
        name.removesuffix("_id") if name in pools else name: pools[name][value] if name in pools else value
        for name, value in values.items()
    }


def _key(values: dict[str, Any]) -> Any:
    return values["code"] or (values["unit"], values["project_year"], values["name"])


KIND = ImportKind(
    code="projects", title="项目库", permission=states.EDIT, fields=fields, begin=begin, check_row=check_row, apply_rows=apply_rows,
    key=_key, help=HELP, result_url="/projects/", written_url="/projects/?imported={job}", order=10, any_tables=ANY_TABLES, undo=undo,
)  # fmt: skip
register(KIND)
