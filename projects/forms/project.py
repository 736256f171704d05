"""Forms of the project pages. Cleaned values are domain values: 元 as Decimal, days, model instances."""

from __future__ import annotations

from django import forms
from django.db.models import Q

from linkage import access, periods
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, Organisation, Region
from linkage.money import WanField
from projects import states
from projects.actions.project import EDITABLE
from projects.checks import NEEDED, no_personal_data
from projects.models import ConstructionState, Method, Project, ProjectDocument, RevisionKind, Stage


class DayInput(forms.DateInput):
    """The browser's own calendar; the value travels as ISO date."""

    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


class DayField(forms.DateField):
    widget = DayInput
    input_formats = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d")


class FreeText(forms.CharField):
    """Text in which no identity numbers, accounts or mobile phones may stand."""

    default_validators = [no_personal_data]


def units_to_edit(user):
    """Reporting units for which the user may register projects."""
    here = Q(pk__in=[])
    for grant in access.grants_of(user):
        if states.EDIT in grant.permissions:
            here |= Q(path__startswith=grant.region_path)
    return Region.objects.reporting().filter(here)


class ProjectForm(forms.Form):
    """One project of `unit`. With `project` its values are filled in and `revision` is the one shown."""

    name = FreeText(label="项目名称", max_length=200, error_messages={"required": "请填写项目名称。"})
    method = forms.ChoiceField(label="实施方式", choices=Method.choices, help_text="决定阶段、周调度填报栏目和统计口径。")
    task = forms.ModelChoiceField(FundTask.objects.filter(is_active=True), label="资金任务", empty_label="请选择")
    category = forms.ModelChoiceField(DictionaryEntry.objects.of(DictionaryKind.CATEGORY), label="项目类别", required=False, empty_label="未定")
    project_year = forms.IntegerField(label="项目年度", min_value=2015, max_value=2100)
    planned_investment_yuan = WanField(label="计划投资（万元）")
    implementer = forms.ModelChoiceField(Organisation.objects.none(), label="实施单位", required=False, empty_label="未定")
    content = FreeText(label="建设内容", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    site = FreeText(label="建设地点", required=False, max_length=200)
    planned_start_on = DayField(label="计划开工", required=False)
    planned_finish_on = DayField(label="计划完工", required=False)
    kind = forms.ChoiceField(
        label="调整类型", required=False, choices=[("", "按改动内容"), (RevisionKind.LEFTOVER.value, RevisionKind.LEFTOVER.label)],
        help_text="内容、地点、金额变更由系统按改动判定；用结余资金追加投资的选“结余再安排”。",
    )  # fmt: skip
    reason = FreeText(label="调整理由", required=False, max_length=500)
    document = forms.CharField(label="批准文件文号", required=False, max_length=120)
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, unit: Region, project: Project | None = None, **kwargs):
        initial = kwargs.pop("initial", {})
        if project is not None:
            initial = {name: getattr(project, name) for name in EDITABLE} | {"revision": project.revision} | initial
        else:
            initial = {"project_year": periods.today().year, "method": Method.WORKS} | initial
        super().__init__(*args, initial=initial, **kwargs)
        self.project = project
        above = [unit.pk, *([unit.parent_id] if unit.parent_id else [])]
        chosen = Q(pk=project.implementer_id) if project and project.implementer_id else Q(pk__in=[])
        self.fields["implementer"].queryset = Organisation.objects.filter(Q(region__in=above, is_active=True) | chosen).order_by(
            "-region__path", "pk"
        )
        if project is None:
            del self.fields["reason"], self.fields["kind"]
        elif project.stage in states.BEFORE_PLAN:
            del self.fields["reason"], self.fields["document"], self.fields["kind"]

    def clean(self):
        cleaned = super().clean()
        start, finish = cleaned.get("planned_start_on"), cleaned.get("planned_finish_on")
        if start and finish and finish < start:
            self.add_error("planned_finish_on", "计划完工不能早于计划开工。")
        return cleaned

    @property
    def values(self) -> dict:
        """The fields of the project as actions take them."""
        return {name: self.cleaned_data[name] for name in EDITABLE}

    @property
    def basis(self) -> dict[str, str]:
        """Reason, document and kind of an approved change."""
        return {name: self.cleaned_data.get(name, "") for name in ("reason", "document", "kind")}

    @property
    def needed_words(self) -> str:
        """What this method must have before 审定入库."""
        method = self.project.method if self.project else Method.WORKS
        labels = [str(self.fields[name].label).removesuffix("（万元）") for name in NEEDED[method] if name in self.fields]
        return "、".join(labels)


class NewProjectForm(ProjectForm):
    """Registering: the unit is chosen only by those who register for several; a later stage needs its document."""

    stage = forms.ChoiceField(
        label="登记时所处阶段", choices=[(stage, Stage(stage).label) for stage in states.UNTIL_START], initial=Stage.PROPOSED,
        help_text="新项目从“申报”开始；已在库或已列入计划的项目按现状登记，须写依据文件。",
    )  # fmt: skip
    document = forms.CharField(label="依据文件文号", required=False, max_length=120)
    seen_alike = forms.BooleanField(label="已看过，确是另一个项目", required=False)

    @property
    def values(self) -> dict:
        return super().values | {"stage": self.cleaned_data["stage"]}


class StageForm(forms.Form):
    """One move of the stage table."""

    transition = forms.ChoiceField(widget=forms.HiddenInput, choices=[(name, name) for name in states.TRANSITIONS])
    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = FreeText(label="理由", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    document = FreeText(label="依据文件文号", required=False, max_length=120)
    judged_by = FreeText(label="认定单位或会议", required=False, max_length=120)
    judged_on = DayField(label="认定日期", required=False)
    file = forms.ModelChoiceField(ProjectDocument.objects.none(), label="依据资料", required=False, empty_label="没有或不选")

    def __init__(self, *args, project: Project, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].queryset = ProjectDocument.objects.standing().of(project).order_by("-added_at", "-pk")


class ConstructionForm(forms.Form):
    """施工状态."""

    state = forms.ChoiceField(label="施工状态", choices=ConstructionState.choices)
    restart_on = DayField(label="预计复工日期", required=False, help_text="停工时必填。")
    reason = FreeText(label="说明", required=False, max_length=200)
    revision = forms.IntegerField(widget=forms.HiddenInput)
