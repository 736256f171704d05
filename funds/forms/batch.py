"""Forms for fund documents and for giving money on."""

from django import forms

from funds.forms.base import DayField, text
from funds.models import Level
from linkage import access, periods
from linkage.models import FundTask, Region, RegionKind
from linkage.money import WanField, wan_text
from projects.models import Project

EFFECTIVE = "文件规定的生效日期；不填为今天"


class BatchForm(forms.Form):
    level = forms.ChoiceField(label="资金层级", choices=Level.choices)
    task = forms.ModelChoiceField(FundTask.objects.filter(is_active=True), label="资金任务")
    fund_year = forms.IntegerField(label="资金年度", min_value=2021, max_value=2099)
    document_no = text("文号", 80, help_text="如 黑财指（农）〔2026〕12号")
    title = text("文件名称", 200, required=False)
    region = forms.ModelChoiceField(Region.objects.none(), label="接收地区", help_text="上级资金登记到地区；县级资金登记到本县")
    amount_yuan = WanField(label="下达金额", help_text="万元，最多 6 位小数")
    issued_on = DayField(label="发文日期")
    received_on = DayField(label="收到日期", required=False)
    tracking_code = text("追踪标识", 40, required=False)
    note = text("备注", 200, required=False)

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        grants = [grant for grant in access.grants_of(user) if "batch.edit" in grant.permissions]
        paths = [grant.region_path for grant in grants]
        kinds = (RegionKind.PROVINCE, RegionKind.PREFECTURE, RegionKind.COUNTY, RegionKind.OWN)
        near = [region.pk for region in Region.objects.filter(kind__in=kinds, is_active=True) if region.path.startswith(tuple(paths))]
        self.fields["region"].queryset = Region.objects.filter(pk__in=near).order_by("kind", "display_order", "pk")
        self.fields["fund_year"].initial = periods.today().year
        if len(near) == 1:
            self.fields["region"].initial = near[0]
            self.fields["level"].initial = Level.COUNTY


class SeenAmountForm(forms.Form):
    """Carries the amount the page showed: who corrects another person's fresh figure unseen is told instead."""

    seen_yuan = forms.DecimalField(max_digits=19, decimal_places=2, required=False, widget=forms.HiddenInput)


class BatchAmendForm(SeenAmountForm):
    """What may have been typed wrongly; level, task and region decide rights and stay."""

    document_no = text("文号", 80)
    title = text("文件名称", 200, required=False)
    fund_year = forms.IntegerField(label="资金年度", min_value=2021, max_value=2099)
    amount_yuan = WanField(label="下达金额", help_text="万元；上级核减或收回请用“上级核减”")
    issued_on = DayField(label="发文日期")
    received_on = DayField(label="收到日期", required=False)
    tracking_code = text("追踪标识", 40, required=False)
    note = text("备注", 200, required=False)


class ReduceForm(forms.Form):
    amount_yuan = WanField(label="核减后金额", help_text="万元；全部收回填 0")
    effective_on = DayField(label="生效日期", help_text=EFFECTIVE, required=False)
    document_no = text("依据文号", 80)
    reason = text("说明", 200, required=False)


class ShareForm(forms.Form):
    unit = forms.ModelChoiceField(Region.objects.none(), label="县（市、区）")
    amount_yuan = WanField(label="分配金额", help_text="万元")
    issued_on = DayField(label="下达日期")
    document_no = text("下达文号", 80, required=False)

    def __init__(self, *args, batch, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Region.objects.reporting().filter(path__startswith=batch.region.path)


class ShareAdjustForm(SeenAmountForm):
    amount_yuan = WanField(label="调整后金额", help_text="万元；调增记为追加安排，调减记为收回统筹")
    effective_on = DayField(label="生效日期", help_text=EFFECTIVE, required=False)
    document_no = text("依据文号", 80)
    reason = text("说明", 200, required=False)


class ArrangeForm(forms.Form):
    """Only projects that fit are offered: of this unit and task, in the library, not yet in this share."""

    project = forms.ModelChoiceField(Project.objects.none(), label="项目")
    amount_yuan = WanField(label="安排金额", help_text="万元")
    decided_on = DayField(label="安排日期")
    document_no = text("安排文号", 80, required=False, help_text="超过年度计划的必填。")
    reason = text("追加理由", 200, required=False, help_text="超过年度计划的必填，留作一次批准的调整。")

    def __init__(self, *args, share, stages, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["project"].queryset = (
            Project.objects.filter(unit=share.unit_id, task=share.batch.task_id, stage__in=stages)
            .exclude(allocations__county_allocation=share).order_by("-project_year", "code")
        )  # fmt: skip
        self.fields["project"].label_from_instance = (
            lambda project: f"{project.name}（{project.code}，计划投资 {wan_text(project.planned_investment_yuan, 2)} 万元）"
        )


class AdjustForm(SeenAmountForm):
    amount_yuan = WanField(label="调整后金额", help_text="万元")
    effective_on = DayField(label="生效日期", help_text=EFFECTIVE, required=False)
    reason = text("调整理由", 200)
    document_no = text("依据文号", 80, required=False)
    is_leftover = forms.BooleanField(label="结余再安排", required=False, help_text="用招标或结算结余追加的，勾选；项目已列入年度计划的，留作一次批准的调整。")

    def __init__(self, *args, planned: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["document_no"].required = planned
