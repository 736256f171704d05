"""The 报账 steps of one county from a day on."""

from django import forms

from funds.forms.base import DayField, text
from linkage import periods
from linkage.models import Region


class ClaimRouteForm(forms.Form):
    unit = forms.ModelChoiceField(Region.objects.none(), label="县（市、区）", to_field_name="slug", empty_label="请选择")
    effective_from = DayField(label="生效日期")
    has_claim = forms.BooleanField(label="实行报账", required=False, help_text="不实行的，到付款节点的资金直接进入下一步")
    has_review = forms.BooleanField(label="经主管部门审核", required=False, help_text="不经审核的，报账直接到财政")
    document_no = text("依据文件", 120, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = Region.objects.reporting()
        self.fields["effective_from"].initial = periods.today()
        self.fields["has_claim"].initial = self.fields["has_review"].initial = True
