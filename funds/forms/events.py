"""Forms for what happens to money after it was given: 调剂, 再分配."""

from django import forms

from funds.forms.base import DayField, text
from funds.forms.batch import SeenAmountForm
from funds.models import Allocation
from linkage.models import Region
from linkage.money import WanField, wan_text
from projects.models import Project

EFFECTIVE = "文件规定的生效日期；没有规定的填办理当天"


class TransferForm(SeenAmountForm):
    """From one county's share to another county of the same document."""

    unit = forms.ModelChoiceField(Region.objects.none(), label="调入县（市、区）")
    amount_yuan = WanField(label="调剂金额", help_text="万元")
    effective_on = DayField(label="生效日期", help_text=EFFECTIVE)
    document_no = text("依据文号", 80)
    reason = text("说明", 200, required=False)

    def __init__(self, *args, share, **kwargs):
        super().__init__(*args, **kwargs)
        units = Region.objects.reporting().filter(path__startswith=share.batch.region.path).exclude(pk=share.unit_id)
        self.fields["unit"].queryset = units


class ProjectTransferForm(SeenAmountForm):
    """From one project to another of the same county and document."""

    project = forms.ModelChoiceField(Project.objects.none(), label="调入项目")
    amount_yuan = WanField(label="调剂金额", help_text="万元")
    effective_on = DayField(label="生效日期", help_text=EFFECTIVE)
    reason = text("调剂理由", 200)
    document_no = text("依据文号", 80, required=False)

    def __init__(self, *args, allocation, stages, **kwargs):
        super().__init__(*args, **kwargs)
        share = allocation.county_allocation
        fitting = Project.objects.filter(unit=share.unit_id, task=share.batch.task_id, stage__in=stages).exclude(pk=allocation.project_id)
        self.fields["project"].queryset = fitting.order_by("-project_year", "code")
        has = dict(Allocation.objects.filter(county_allocation=share).values_list("project_id", "amount_yuan"))
        self.fields["project"].label_from_instance = lambda project: f"{project.name}（{project.code}{_has(has.get(project.pk))}）"


def _has(amount) -> str:
    return "" if amount is None else f"，本笔已安排 {wan_text(amount)} 万元"


class ReissueForm(forms.Form):
    unit = forms.ModelChoiceField(Region.objects.none(), label="分配给")
    amount_yuan = WanField(label="再分配金额", help_text="万元")
    effective_on = DayField(label="生效日期", help_text=EFFECTIVE)
    document_no = text("依据文号", 80)
    reason = text("说明", 200, required=False)

    def __init__(self, *args, batch, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Region.objects.reporting().filter(path__startswith=batch.region.path)
