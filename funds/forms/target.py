"""A target node as it stands in the document."""

from django import forms

from funds.forms.base import DayField, text
from funds.models import Denominator, Level, Measure
from linkage import periods
from linkage.models import FundTask, Region
from linkage.money import PercentField


class TargetForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    fund_year = forms.IntegerField(label="资金年度", min_value=2021, max_value=2099)
    measure = forms.ChoiceField(label="指标", choices=Measure.choices)
    denominator = forms.ChoiceField(label="分母", choices=Denominator.choices, required=False, help_text="只用于支出进度等资金指标")
    level = forms.ChoiceField(label="资金层级", choices=[("", "中央＋省级"), *Level.choices], required=False)
    task = forms.ModelChoiceField(FundTask.objects.all(), label="资金任务", required=False, empty_label="全部任务")
    region = forms.ModelChoiceField(
        Region.objects.filter(is_active=True).exclude(kind="township"), label="适用地区", required=False, empty_label="全部地区"
    )
    due_on = DayField(label="节点日期")
    target_ratio = PercentField(label="目标", help_text="百分数，如 75")
    document_no = text("依据文件", 120, required=False)
    is_verified = forms.BooleanField(label="已核对（按此判定红黄绿）", required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["denominator"].initial = Denominator.ISSUED
        self.fields["fund_year"].initial = periods.today().year

    def clean_denominator(self) -> str:
        return self.cleaned_data["denominator"] or Denominator.ISSUED
