"""Forms of the ledger pages."""

from __future__ import annotations

from django import forms
from django.db.models import Q

from issues import states
from issues.models import Origin, Severity
from linkage import access, periods
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, Organisation, Region
from projects.forms import DayField, FreeText
from projects.models import Project


def units_to_raise(user):
    """Reporting units for which the user may enter findings."""
    here = Q(pk__in=[])
    for grant in access.grants_of(user):
        if states.RAISE in grant.permissions:
            here |= Q(path__startswith=grant.region_path)
    return Region.objects.reporting().filter(here)


class IssueForm(forms.Form):
    """A finding. With `project` unit and task are known and not asked."""

    unit = forms.ModelChoiceField(Region.objects.none(), label="责任地区", empty_label="请选择")
    title = FreeText(label="问题", max_length=200, help_text="一句话写明是什么问题。")
    description = FreeText(label="情况", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    origin = forms.ChoiceField(label="来源", choices=Origin.choices, initial=Origin.WEEKLY)
    origin_label = forms.CharField(label="来源说明", required=False, max_length=120, help_text="如：第47周调度、某月某日督导检查。")
    severity = forms.ChoiceField(label="程度", choices=Severity.choices, initial=Severity.MINOR)
    task = forms.ModelChoiceField(FundTask.objects.filter(is_active=True), label="资金任务", required=False, empty_label="不限")
    cause = forms.ModelChoiceField(DictionaryEntry.objects.of(DictionaryKind.CAUSE), label="原因", required=False, empty_label="未定")
    step = forms.ModelChoiceField(DictionaryEntry.objects.of(DictionaryKind.STEP), label="环节", required=False, empty_label="未定")
    lead = forms.ModelChoiceField(Organisation.objects.none(), label="牵头整改单位", required=False, empty_label="责任地区专班")
    raised_on = DayField(label="发现日期")
    due_on = DayField(label="完成时限", required=False, help_text="空着按程度自动计算。")

    def __init__(self, *args, user, project: Project | None = None, **kwargs):
        super().__init__(*args, initial={"raised_on": periods.today()} | kwargs.pop("initial", {}), **kwargs)
        self.project = project
        units = units_to_raise(user)
        self.fields["unit"].queryset = units
        if project is not None:
            self.fields["lead"].queryset = _leads([project.unit])
            del self.fields["unit"], self.fields["task"]
            return
        chosen = list(units.select_related("parent"))
        self.fields["lead"].queryset = _leads(chosen)
        if len(chosen) == 1:
            self.fields["unit"].initial = chosen[0]

    @property
    def values(self) -> dict:
        """As raise_issue takes them."""
        values = dict(self.cleaned_data)
        return values | ({"unit": self.project.unit, "project": self.project} if self.project else {})


def _leads(units):
    regions = {unit.pk for unit in units} | {unit.parent_id for unit in units if unit.parent_id}
    return Organisation.objects.filter(region__in=regions, is_active=True).select_related("region")


class StepForm(forms.Form):
    """What every move carries: the revision the person saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class AcceptForm(StepForm):
    measures = FreeText(label="整改措施", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    responsible = FreeText(label="责任人", max_length=40)


class ClosureForm(StepForm):
    result = FreeText(label="整改结果", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class CloseForm(StepForm):
    opinion = FreeText(label="核查意见", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class ReturnForm(StepForm):
    reason = FreeText(label="退回理由", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class NoteForm(forms.Form):
    text = FreeText(label="整改进展", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
