"""What may be written into a project, what stands in the way, and how it reads in the trail (features 2.1–2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model

from linkage import money
from linkage.checks import Problem, Severity
from linkage.errors import Refusal
from linkage.models import DictionaryEntry, FundTask, Organisation
from projects import states
from projects.checks import LABELS, field_problems, personal_problems
from projects.models import Project, Stage
from projects.models.plain import KEYS, PlainProject

FREE_TEXTS = ("name", "content", "site")
EDITABLE = (
    "name", "implementer", "task", "category", "method", "content", "site", "project_year", "planned_investment_yuan",
    "planned_start_on", "planned_finish_on",
)  # fmt: skip
PLAIN = tuple(KEYS.get(name, name) for name in EDITABLE)  # the same, as PlainProject has them
# Once a project is in the annual plan, changing these is an approved change: reason and document (2.3).
APPROVED_CHANGES = ("name", "method", "task", "content", "site", "planned_investment_yuan", "project_year")
AFTER_PLAN = (
    Stage.PLANNED, Stage.PREPARING, Stage.STARTED, Stage.FINISHED, Stage.ACCEPTED, Stage.HANDED_OVER, Stage.REMOVED,
)  # fmt: skip
_OWN_NAME = {plain: name for name, plain in KEYS.items()}
_POINTS_TO: dict[str, type[Model]] = {"implementer_id": Organisation, "task_id": FundTask, "category_id": DictionaryEntry}
_CHOICES = {
    field.name: {value: str(label) for value, label in field.flatchoices} for field in Project._meta.concrete_fields if field.flatchoices
}


def own_name(name: str) -> str:
    """The field's name: "task" for "task_id"."""
    return _OWN_NAME.get(name, name)


# -- what stands in the way -----------------------------------------------------------------------------------------------


def new_project_problems(project: PlainProject, label: str, document: str) -> list[Problem]:
    """Everything in the way of one new project: fields, personal data, stage. Asks the database nothing."""
    found = field_problems(project, label) + personal_problems({name: getattr(project, name) for name in FREE_TEXTS}, label)
    if project.stage not in states.UNTIL_START:
        words = "登记时的阶段最晚为前期；开工以后由周调度填报带入"
        found.append(Problem("stage", Severity.MUST, words, "请选前期或更早的阶段。", place="stage", row_label=label))
    elif project.method in states.RAILS and project.stage not in states.rail(project.method):
        words = f"{project.get_method_display()}没有“{project.get_stage_display()}”阶段"
        found.append(Problem("stage", Severity.MUST, words, "请选别的阶段。", place="stage", row_label=label))
    elif project.stage != Stage.PROPOSED and not document.strip():
        words = f"登记时已到“{project.get_stage_display()}”的项目须写明依据文件"
        found.append(Problem("document", Severity.MUST, words, "请填写文号。", place="document", row_label=label))
    return found


def change_problems(project: Project | PlainProject) -> list[Problem]:
    """Everything in the way of a project that has its new values already. Asks the database nothing."""
    texts = {name: getattr(project, name) for name in FREE_TEXTS}
    found = field_problems(project, project.name) + personal_problems(texts, project.name)
    if project.stage != Stage.REMOVED and project.stage not in states.rail(project.method):
        words = project.get_stage_display()
        found.append(Problem("method", Severity.MUST, f"{project.get_method_display()}没有“{words}”阶段", "请先退回到前面的阶段。", place="method"))
    return found


def approved_fields(stage: str, changed: Iterable[str]) -> list[str]:
    """Which of the changed fields only an approval may change at this stage; foreign keys either way in, by their own name out."""
    return [name for name in map(own_name, changed) if name in APPROVED_CHANGES] if stage in AFTER_PLAN else []


def check_approval(stage: str, changed: Iterable[str], reason: str, document: str) -> None:
    """Raises Refusal where the plan's own fields change without reason and document. `changed`: names, foreign keys either way."""
    approved = approved_fields(stage, changed)
    if approved and not (reason.strip() and document.strip()):
        raise Refusal(f"项目已列入年度计划，调整{'、'.join(LABELS[name] for name in approved)}须写明理由和批准文件的文号。", code="approval_needed")


# -- as people read it ----------------------------------------------------------------------------------------------------


def words_of(project: Project, names: Iterable[str]) -> dict[str, str]:
    """Fields as people read them, for the trail."""
    return {name: value_word(name, getattr(project, name)) for name in names}


def value_word(name: str, value: Any) -> str:
    """One value as people read it; foreign keys come as instances."""
    if value in (None, ""):
        return "空"
    if name.endswith("_yuan"):
        return f"{money.wan_text(value)} 万元"
    choices = _CHOICES.get(name)
    return str(value) if choices is None else str(choices.get(value, value))


def given(reason: str, document: str) -> dict[str, str]:
    return ({"reason": reason} if reason else {}) | ({"document": document} if document else {})


class Names:
    """The words of the rows that foreign keys point at; one query per kind and for those not met before."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, str]] = {name: {} for name in _POINTS_TO}

    def learn(self, projects: Iterable[PlainProject], changes: Iterable[Mapping[str, Any]] = ()) -> None:
        """Ask for whatever these projects and new values point at."""
        projects, changes = list(projects), list(changes)
        for name, known in self._known.items():
            met = {getattr(one, name) for one in projects} | {values[name] for values in changes if name in values}
            if wanted := met - known.keys() - {None}:
                known.update((pk, str(one)) for pk, one in _POINTS_TO[name]._base_manager.in_bulk(list(wanted)).items())

    def words(self, project: PlainProject, names: Iterable[str]) -> dict[str, str]:
        """Fields of PLAIN as people read them, by the field's own name."""
        return {_OWN_NAME.get(name, name): self._word(name, getattr(project, name)) for name in names}

    def differences(self, project: PlainProject, typed: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """(label, now, typed) of every value that is not the project's own."""
        now = self.words(project, typed)
        return [
            (LABELS[own_name(name)], now[own_name(name)], self._word(name, value)) for name, value in typed.items() if getattr(project, name) != value
        ]

    def _word(self, name: str, value: Any) -> str:
        if value is None or value == "":
            return "空"
        if name in self._known:
            return self._known[name].get(value, str(value))
        return value if name in FREE_TEXTS else value_word(name, value)
