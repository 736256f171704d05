"""Is a project's record complete for its 实施方式, and free of personal data? (features 2.1, 2.2)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from linkage import personal
from linkage.checks import Problem, Severity
from linkage.errors import Refusal
from linkage.states import Transition
from projects import states
from projects.models import Method, Progress, Project, Stage
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
LABELS: dict[str, str] = {field.name: str(field.verbose_name) for field in Project._meta.concrete_fields}
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


def completeness(project: Project) -> list[Problem]:
    """What is missing before 审定入库, one 强制 problem per field; empty when the record is whole."""
    return [
        Problem(
            "incomplete", Severity.MUST, f"未填{LABELS[name]}", f"请补填{LABELS[name]}（{project.get_method_display()}必填）。",
            place=name, row=project.pk, row_label=project.name,
        )
        for name in missing_fields(project)
    ]  # fmt: skip


# -- gates --------------------------------------------------------------------------------------------------------------


def missing_evidence(project: Project, move: Transition, latest: Progress | None) -> list[str]:
    """What the gate of a forward move still lacks, in words, besides the document that is given with the move itself."""
    if move.target == states.ADMITTED:
        return [problem.message for problem in completeness(project)]
    if move.target in states.CARRIED_OUT and states.proven_by(project.method, move.target, latest) is False:
        return [states.evidence_words(project.method, move.target)]
    return []


def next_step(project: Project, latest: Progress | None) -> dict[str, Any] | None:
    """The next stage with everything its gate still asks for, document included; None at the end of the rail."""
    move = states.next_move(project.method, project.stage)
    if move is None:
        return None
    missing, asked = missing_evidence(project, move, latest), states.evidence_words(project.method, move.target)
    by_document = "document" in move.needs or (move.target in states.CARRIED_OUT and move.target not in states.PROOFS[project.method])
    if by_document and asked not in missing:
        missing.append(asked)
    return {"label": states.stage_word(project.method, move.target, Stage(move.target).label), "missing": missing}
