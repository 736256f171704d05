"""Is a project's record complete for its 实施方式, and free of personal data? (features 2.1, 2.2)"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from linkage import money, personal
from linkage.checks import Problem, Severity
from linkage.errors import Refusal
from linkage.models import Level
from linkage.states import Transition
from projects import states
from projects.figures.plan import TaskRow
from projects.figures.stages import planned_by
from projects.models import AnnualPlan, Method, Progress, Project, ProjectDocument, ProjectRevision, Stage
from projects.models.plain import PlainProject


def personal_message(kind: str) -> str:
    return f"疑似含有{kind}。本系统不存个人证件、账号和手机号码，请删去这些数字后再保存。"


def no_personal_data(text: str) -> None:
    """A validator for free text of forms and sheets."""
    if kind := personal.found_in(text):
        raise ValidationError(personal_message(kind), code="personal_data")


def refuse_personal_data(*texts: str) -> None:
    """For actions: raise Refusal when one of the texts holds personal numbers."""
    for text in texts:
        if kind := personal.found_in(text):
            raise Refusal(personal_message(kind), code="personal_data")


def personal_problems(texts: Mapping[str, str], label: str = "") -> list[Problem]:
    """One 强制 problem per field whose text holds personal numbers. `texts` maps field name to text."""
    return [
        Problem("personal_data", Severity.MUST, personal_message(kind), "删去号码，只写姓名或“某户”。", place=name, row_label=label)
        for name, text in texts.items()
        if (kind := personal.found_in(text))
    ]


# -- the fields themselves ----------------------------------------------------------------------------------------------

FIRST_YEAR, LAST_YEAR = 2015, 2100
LABELS: dict[str, str] = {field.name: str(field.verbose_name) for field in Project._meta.concrete_fields} | {
    f"plan_{level}": f"计划资金（{level.label}）" for level in Level
} | {f"arranged_{level}": f"安排资金（{level.label}）" for level in Level}
_METHODS = frozenset(Method.values)
LENGTHS: dict[str, int] = {"name": 200, "site": 200, "content": 5000}


def field_problems(project: Project | PlainProject, label: str = "") -> list[Problem]:
    """What is wrong with the fields by themselves, one 强制 problem each; asks the database nothing (sheets have many rows).

    The same limits as the model's fields and constraints, which stay the last word.
    """
    found = [(name, f"{LABELS[name]}最多 {limit} 字") for name, limit in LENGTHS.items() if len(getattr(project, name)) > limit]
    if not project.name.strip():
        found.append(("name", "请填写项目名称"))
    if project.method not in _METHODS:
        found.append(("method", "请选择实施方式"))
    if not project.task_id:
        found.append(("task", "请选择资金任务"))
    if project.project_year is None or not FIRST_YEAR <= project.project_year <= LAST_YEAR:
        found.append(("project_year", f"项目年度须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间"))
    if project.planned_investment_yuan is None or project.planned_investment_yuan < 0:
        found.append(("planned_investment_yuan", "请填写计划投资，不能为负数"))
    start, finish = project.planned_start_on, project.planned_finish_on
    for name, day in (("planned_start_on", start), ("planned_finish_on", finish)):
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            found.append((name, f"{LABELS[name]}的年份须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间，填的是 {day.year} 年"))
    if start and finish and finish < start:
        found.append(("planned_finish_on", "计划完工不能早于计划开工"))
    return [Problem("field", Severity.MUST, message, "请改正。", place=name, row_label=label) for name, message in found]


# -- completeness -------------------------------------------------------------------------------------------------------

_ALWAYS = ("planned_investment_yuan",)
NEEDED: dict[str, tuple[str, ...]] = {
    Method.WORKS: ("content", "site", "category", "implementer", "planned_start_on", "planned_finish_on", *_ALWAYS),
    Method.PURCHASE: ("content", "category", "implementer", "planned_finish_on", *_ALWAYS),
    Method.GRANT: ("content", "category", "planned_finish_on", *_ALWAYS),
    Method.SUBSIDY: ("content", "category", *_ALWAYS),
    Method.TRAINING: ("content", "category", "implementer", "planned_start_on", "planned_finish_on", *_ALWAYS),
    Method.EQUITY: ("content", "category", "implementer", *_ALWAYS),
    Method.FEE: _ALWAYS,
}


def missing_fields(project: Project) -> list[str]:
    """Names of the fields that this 实施方式 needs and that are empty. Non-construction projects are not asked for site or
    start of works, 项目管理费 only for its amount."""
    return [name for name in NEEDED[project.method] if not getattr(project, f"{name}_id", None) and not getattr(project, name)]


def unfilled(projects: Iterable[Project]) -> dict[int, list[str]]:
    """Project id → labels of the fields that are missing; asks the database nothing."""
    return {project.pk: [LABELS[name] for name in missing_fields(project)] for project in projects}


def completeness(project: Project) -> list[Problem]:
    """What is missing before 审定入库, one 强制 problem per field; empty when the record is whole."""
    return [
        Problem(
            "incomplete", Severity.MUST, f"未填{LABELS[name]}", f"请补填{LABELS[name]}（{project.get_method_display()}必填）。",
            place=name, row=project.pk, row_label=project.name,
        )
        for name in missing_fields(project)
    ]  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What a person gives at a gate: reason, number of a document; who judged, on which day, kept in which file of the project."""

    reason: str = ""
    document: str = ""
    judged_by: str = ""
    judged_on: date | None = None
    file: ProjectDocument | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The columns of the row of the move besides reason and number."""
        return {"judged_by": self.judged_by.strip(), "judged_on": self.judged_on, "file": self.file}


# -- gates --------------------------------------------------------------------------------------------------------------


def missing_evidence(project: Project, move: Transition, latest: Progress | None) -> list[str]:
    """What the gate of a forward move still lacks, in words, besides the document that is given with the move itself."""
    if move.target == states.ADMITTED:
        return [problem.message for problem in completeness(project)]
    if move.target in states.CARRIED_OUT and states.proven_by(project.method, move.target, latest) is False:
        return [states.evidence_words(project.method, move.target)]
    return []


def judgement_problems(project: Project, move: Transition, evidence: Evidence, today: date) -> list[Problem]:
    """Who judged, on which day, by which record: asked of 筛选 and 论证; a day that is given is never to come and never before that of an
    earlier gate. At most one query."""
    found: list[tuple[str, str, str]] = []
    if move in states.JUDGED:
        if not evidence.judged_by.strip():
            found.append(("judged_by", "没有写明由谁认定", "请填写单位或会议，如：县乡村振兴工作专题会。"))
        if evidence.judged_on is None:
            found.append(("judged_on", "没有写明哪一天认定", "请填写认定日期。"))
        if not evidence.document.strip() and evidence.file is None:
            found.append(("document", "没有记录", "请填写会议纪要或记录的文号，或者选一份已上传的资料。"))
    if evidence.file is not None and (evidence.file.project_id != project.pk or evidence.file.withdrawn_at):
        found.append(("file", "所选的资料不是这个项目的，或者已撤回", "请重新选择。"))
    if (day := evidence.judged_on) is not None:
        if day > today:
            found.append(("judged_on", f"认定日期 {day} 晚于今天", "请改正日期。"))
        earlier = project.transitions.filter(judged_on__gt=day).order_by("-judged_on").first()
        if earlier is not None:
            words = f"认定日期 {day} 早于前面“{Stage(earlier.target).label}”的日期 {earlier.judged_on}"
            found.append(("judged_on", words, "请核对两个日期。"))
    return [Problem("gate", Severity.MUST, message, repair, place=place) for place, message, repair in found]


def next_step(project: Project, latest: Progress | None) -> dict[str, Any] | None:
    """The next stage with everything its gate still asks for, document included, and where it is given: "edit" (the record), "weekly"
    (the signed report), "stage" (the gate itself). None at the end of the rail."""
    move = states.next_move(project.method, project.stage)
    if move is None:
        return None
    missing, asked = missing_evidence(project, move, latest), states.evidence_words(project.method, move.target)
    where = "stage" if not missing else "edit" if move.target == states.ADMITTED else "weekly"
    if asked not in missing and (needs_document(project, move) or move in states.JUDGED):
        missing.append(asked)
    return {"label": states.stage_word(project.method, move.target, Stage(move.target).label), "missing": missing, "where": where}


def needs_document(project: Project, move: Transition) -> bool:
    """Must the number of a document be given with this move? 转入前期 rests on the plan's, which the system mostly knows. At most one query."""
    if move == states.PREPARE:
        return not planned_by(project).document
    by_document = move.target in states.CARRIED_OUT and move.target not in states.PROOFS[project.method]
    return "document" in move.needs or by_document


_PLACE = {name: number for number, name in enumerate(LABELS)}


def revision_differences(revision: ProjectRevision) -> list[tuple[str, str, str, str]]:
    """(field, label, before, after) in words, in the order of the project's own fields: the database keeps none."""
    rows = sorted(revision.after.items(), key=lambda pair: _PLACE.get(pair[0], len(_PLACE)))
    return [(name, LABELS.get(name, name), revision.before.get(name, "空"), word) for name, word in rows]


# -- the annual plan ----------------------------------------------------------------------------------------------------


def plan_problems(plan: AnnualPlan, rows: Sequence[tuple[Project, Mapping[str, Decimal]]], table: Sequence[TaskRow]) -> list[Problem]:
    """Everything in the way of deciding a plan (2.4). `rows`: its projects with money by level; `table`: summary() with what came.

    Beyond what has been issued a plan may go when its note says why (核实): the document may still be on its way.
    """
    if not rows:
        return [Problem("plan_empty", Severity.MUST, "计划里还没有项目", "请勾选要列入的项目并填写资金。")]
    found = [problem for project, amounts in rows for problem in _item_problems(plan, project, amounts)]
    found += _left_out(plan, {project.pk for project, _ in rows})
    for line in table[:-1]:
        for cell in line.cells:
            if cell["is_over"]:
                over = money.wan_text(cell["planned"] - cell["issued"])
                words = f"{line.task.short_name}{cell['level'].label}资金列入 {money.wan_text(cell['planned'])} 万元，比已下达的多 {over} 万元"
                found.append(Problem("plan_over", Severity.EXPLAIN, words, "请核减，或在“资金说明”里写明来源。", row=line.task.pk))
            elif cell["issued"] is not None and cell["issued"] > cell["planned"]:
                left = money.wan_text(cell["issued"] - cell["planned"])
                words = f"{line.task.short_name}{cell['level'].label}资金还有 {left} 万元没有列入"
                found.append(Problem("plan_left", Severity.HINT, words, "可再列项目，或留待调整。", row=line.task.pk))
    return found


def _item_problems(plan: AnnualPlan, project: Project, amounts: Mapping[str, Decimal]) -> list[Problem]:
    common: dict[str, Any] = {"row": project.pk, "row_label": project.name}
    found, total = [], sum(amounts.values(), Decimal(0))
    if not total:
        found.append(Problem("plan_no_money", Severity.MUST, f"“{project}”没有计划资金", "请填写资金，或取消勾选。", **common))
    if total > project.planned_investment_yuan:
        words = f"“{project}”列入 {money.wan_text(total)} 万元，超过计划投资 {money.wan_text(project.planned_investment_yuan)} 万元"
        found.append(Problem("plan_above_investment", Severity.MUST, words, "请核减，或先修改项目的计划投资。", **common))
    if project.stage in (Stage.PROPOSED, Stage.SCREENED, Stage.APPRAISED, Stage.REMOVED):
        words = f"“{project}”现在是“{project.get_stage_display()}”，没有审定入库"
        found.append(Problem("plan_not_admitted", Severity.MUST, words, "请先办理入库，或取消勾选。", **common))
    return found


def _left_out(plan: AnnualPlan, chosen: set[int]) -> list[Problem]:
    """Projects of the version before that have begun cannot leave the plan. One query, for adjustments only."""
    if plan.based_on_id is None:
        return []
    begun = Project.objects.filter(plan_items__plan=plan.based_on_id).exclude(pk__in=chosen).exclude(stage__in=[*states.UNTIL_START, Stage.REMOVED])
    return [
        Problem("plan_begun", Severity.MUST, f"“{project}”已{project.stage_words}，不能调出计划", "请重新勾选。", row=project.pk, row_label=project.name)
        for project in begun.order_by("code")
    ]
