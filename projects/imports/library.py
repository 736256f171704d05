"""The simple template 项目库 (kind `projects`): new projects, and changes to those already registered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count

from linkage.errors import Refusal
from linkage.excel import CellProblem, Field
from linkage.figures.names import RegionNames, squeeze, words_for
from linkage.imports.base import Difference, ImportKind, Row, Staged, Verdict, Written, decode, encode, register
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, Organisation, Region
from linkage.money import wan_text
from projects import states
from projects.actions.editable import (
    AFTER_PLAN,
    APPROVED_CHANGES,
    PLAIN,
    Names,
    new_project_problems,
    own_name,
)
from projects.actions.many import Change, draft_project, hold_projects, register_projects, update_projects
from projects.actions.undo import take_back
from projects.checks import LABELS, field_problems, personal_problems
from projects.forms import units_to_edit
from projects.imports.alike import Alike
from projects.imports.tables import ANY_TABLES
from projects.models import Method, Project, Stage
from projects.models.plain import COLUMNS, KEYS, PlainProject

STAGES = {Stage(stage).label: stage for stage in states.UNTIL_START}
METHODS = {method.label: method.value for method in Method}
REASON = "按导入的项目表调整"
IN_ONE_QUERY = 900
_AS_READ = tuple(name for name in PLAIN if name not in KEYS.values())  # the cell holds the value itself
HELP = "一行一个项目。编号留空时按“县区＋年度＋名称”认项目：没有的新登记，已有的按本表修改；空着的格不改原有内容。"


class Claim(NamedTuple):
    """The first row of the file that speaks of a project, and whether it does so by our number."""

    sheet: str
    number: int
    by_code: bool

    @property
    def place(self) -> tuple[str, int]:
        return self.sheet, self.number


@dataclass
class Context:
    """Every look-up of one file; standing projects those of the rows at hand. `touched` are the projects that will change."""

    by: Any
    at: datetime
    units: dict[str, Region]
    tasks: dict[str, int]
    categories: dict[str, int]
    organisations: dict[tuple[int, str], int]
    by_code: dict[str, PlainProject] = field(default_factory=dict)
    by_name: dict[tuple[int, int, str], list[PlainProject]] = field(default_factory=dict)
    alike: Alike | None = None
    claimed: dict[tuple, Claim] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    touched: list[int] = field(default_factory=list)

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
    organisations = Organisation.objects.filter(region__in=[*ids, *above], is_active=True)
    context = Context(
        by=by, at=at, units=units, tasks={task.name: task.pk for task in FundTask.objects.filter(is_active=True)},
        categories={entry.name: entry.pk for entry in DictionaryEntry.objects.of(DictionaryKind.CATEGORY)},
        organisations={(one.region_id, name): one.pk for one in organisations for name in (one.name, one.short_name) if name},
    )  # fmt: skip
    look_up(context, rows)
    return context


def look_up(context: Context, rows: list[Row]) -> None:
    """The standing projects that these rows name or number, in the place of those of the rows before."""
    units = {unit.pk: unit for unit in context.units.values()}
    if context.alike is None and any(row.free for row in rows):
        context.alike = Alike(units)
    found: dict[int, PlainProject] = {}
    for column in ("name", "code"):
        words = list({row.values[column] for row in rows if row.values[column]})
        for start in range(0, len(words), IN_ONE_QUERY):
            some = Project.objects.filter(unit__in=list(units), **{f"{column}__in": words[start : start + IN_ONE_QUERY]})
            found |= {row[-1]: PlainProject.of_row(row, units) for row in some.order_by().values_list(*COLUMNS)}
    standing = sorted(found.values(), key=lambda project: project.code)
    context.by_code = {project.code: project for project in standing}
    context.by_name = {}
    for project in standing:
        context.by_name.setdefault((project.unit_id, project.project_year or 0, project.name), []).append(project)
    pools = (("task_id", context.tasks), ("category_id", context.categories), ("implementer_id", context.organisations))
    context.names.learn(standing, ({name: pk} for name, pool in pools for pk in pool.values()))


def check_row(row: Row, context: Context) -> Verdict:
    """New, changed or unchanged by code, else by unit, year and name; every problem of the row at once."""
    unit = context.units.get(row.values["unit"]) if row.values["unit"] else context.only_unit
    if unit is None:
        return Verdict.error(row.problem("unit", "请从下拉中选本人负责填报的县（市、区）。"))
    values, problems = _values(row, unit, context)
    standing = _standing(row, unit, context, problems)
    if not problems and (first := _claimed_by(row, unit, standing, context)).place != row.place:
        where = f"工作表“{first.sheet}”第 {first.number} 行" if first.sheet != row.sheet else f"第 {first.number} 行"
        how = "按编号认出" if first.by_code else "按名称认出"
        problems.append(row.problem("name", f"与{where}（{how}）说的是同一个项目，表中只能出现一次。请并成一行，删去另一行。"))
    if problems:
        return Verdict.error(*problems, label=row.values["name"] or "")
    if standing is None:
        return _new(row, unit, values, context)
    return _changed(row, standing, {name: value for name, value in values.items() if own_name(name) not in row.assumed}, context)


def _values(row: Row, unit: Region, context: Context) -> tuple[dict[str, Any], list[CellProblem]]:
    """Values of the row's filled cells, foreign keys as ids; names that lead nowhere are problems."""
    read = row.values
    values: dict[str, Any] = {name: value for name in _AS_READ if (value := read.get(name)) is not None}
    problems = []
    if read["method"] is None or read["task"] is None:  # the template asks for both by itself
        return values, [row.problem(key, "请在“各列对应”里为整个文件选一个。") for key in ("method", "task") if read[key] is None]
    values["method"] = METHODS[read["method"]]
    for key, known in (("task", context.tasks), ("category", context.categories)):
        if word := read[key]:
            values[KEYS[key]] = known.get(word)
            if word not in known:
                problems.append(row.problem(key, f"“{word}”核对之后已停用。请改填现在可选的，重新上传。"))
    if name := read["implementer"]:
        found = context.organisations.get((unit.pk, name)) or context.organisations.get((unit.parent_id, name))
        if found is None:
            problems.append(row.problem("implementer", f"名录里没有“{name}”。请按名录写全称，或先请办公室登记该单位。"))
        values["implementer_id"] = found
    return values, problems


def _standing(row: Row, unit: Region, context: Context, problems: list[CellProblem]) -> PlainProject | None:
    code = row.values["code"]
    if not code:
        alike = context.by_name.get((unit.pk, row.values["project_year"], row.values["name"]), [])
        if len(alike) > 1:
            codes = "、".join(project.code for project in alike[:5])
            problems.append(row.problem("name", f"项目库里有 {len(alike)} 个同名项目（{codes}），分不清是哪一个。请在“项目编号”一栏写明编号。"))
        return alike[0] if len(alike) == 1 else None
    found = context.by_code.get(code)
    if found is None or found.unit_id != unit.pk:
        problems.append(row.problem("code", f"{unit.name}没有编号为“{code}”的项目。新项目请把编号留空。"))
        return None
    return found


def _claimed_by(row: Row, unit: Region, standing: PlainProject | None, context: Context) -> Claim:
    """The first row of the file that speaks of this project: one may name it by our number, another by its name, old or new."""
    own = Claim(row.sheet, row.number, bool(row.values["code"]))
    first = context.claimed.setdefault((unit.pk, row.values["project_year"], row.values["name"]), own)
    if first.by_code and own.by_code:
        first = own  # two standing projects may have one name
    if standing is None or first.place != own.place:
        return first
    return context.claimed.setdefault((standing.pk,), own)


def _new(row: Row, unit: Region, values: dict[str, Any], context: Context) -> Verdict:
    stage, document = STAGES.get(row.values["stage"] or "", Stage.PROPOSED), row.values["document"] or ""
    values["stage"] = str(stage)
    draft = draft_project(unit, values)
    if found := new_project_problems(draft, draft.name, document):
        return Verdict.error(*(row.problem(p.place, f"{p.message.rstrip('。')}。{p.repair}") for p in found), label=draft.name)
    data = {"unit_id": unit.pk, "document": document, "values": values}
    if row.free and context.alike and (like := context.alike.find(draft)):
        words = f"与已有项目“{like.name}”（{like.code}，{wan_text(like.yuan)} 万元）很像，可能是同一个。"
        return Verdict.suspect(data, row.problem("name", words + "确是另一个项目，请点“照样登记”。"), label=draft.name)
    return Verdict.new(data, label=draft.name)


def _changed(row: Row, standing: PlainProject, values: dict[str, Any], context: Context) -> Verdict:
    changes = {name: value for name, value in values.items() if getattr(standing, name) != value}
    if not changes:
        return Verdict.unchanged(label=standing.name)
    document = row.values["document"] or ""
    wished = standing.with_values(changes)
    problems = _change_problems(row, standing, wished, changes, document)
    if problems:
        return Verdict.error(*problems, label=standing.name)
    before, after = context.names.words(standing, changes), context.names.words(wished, changes)
    differences = [Difference(LABELS[name], before[name], after[name]) for name in before]
    data = {"pk": standing.pk, "revision": standing.revision, "document": document, "values": changes}
    context.touched.append(standing.pk or 0)
    return Verdict.changed(data, differences, label=standing.name)


def _change_problems(
    row: Row, standing: PlainProject, wished: PlainProject, changes: Mapping[str, Any], document: str
) -> list[CellProblem]:
    texts = {name: getattr(wished, name) for name in ("name", "content", "site")}
    problems = [row.problem(p.place, f"{p.message.rstrip('。')}。{p.repair}") for p in field_problems(wished) + personal_problems(texts)]
    approved = [LABELS[name] for name in map(own_name, changes) if name in APPROVED_CHANGES]
    if standing.stage in AFTER_PLAN and approved and not document:
        problems.append(row.problem("document", f"项目已列入年度计划，调整{'、'.join(approved)}须写批准文件的文号。"))
    if standing.stage != Stage.REMOVED and standing.stage not in states.rail(wished.method):
        problems.append(row.problem("method", f"项目现在是“{standing.get_stage_display()}”，不能改成这种实施方式。请先退回前面的阶段。"))
    return problems


def apply_rows(rows: list[Staged], *, by, at: datetime, context: Context) -> Written:
    """New projects set-based per unit and document, changes all together, by the rules of the page. Called for some rows at a time."""
    units = {unit.pk: unit for unit in context.units.values()}
    new: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    changes, written = [], Written([], {})
    for staged in rows:
        data, values = staged.data, staged.data["values"]
        if staged.verdict == "new":
            new[data["unit_id"], data["document"]].append(values)
        else:
            changes.append(Change(data["pk"], values, data["revision"], data["document"]))
    for (unit_id, document), drafts in new.items():
        written.created.extend(register_projects(unit=units[unit_id], rows=drafts, by=by, at=at, document=document))
    _refuse_twins([(unit_id, draft["project_year"], draft["name"]) for (unit_id, _), drafts in new.items() for draft in drafts])
    if changes and context.touched:
        hold_projects(context.touched)  # all of them before the first, or two imports could wait for each other
        context.touched.clear()
    former = update_projects(changes=changes, by=by, at=at, reason=REASON) if changes else {}
    revisions = {change.project_id: change.revision + 1 for change in changes}
    written.changed.update((pk, {"revision": revisions[pk], "before": encode(before)}) for pk, before in former.items())
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


def _key(values: dict[str, Any]) -> Any:
    return values["code"] or (values["unit"], values["project_year"], values["name"])


KIND = ImportKind(
    code="projects", title="项目库", permission=states.EDIT, fields=fields, begin=begin, look_up=look_up, check_row=check_row,
    apply_rows=apply_rows,    key=_key, help=HELP, result_url="/projects/", written_url="/projects/?imported={job}", order=10, any_tables=ANY_TABLES, undo=undo,
)  # fmt: skip
register(KIND)
