"""The voucher as a treasury clerk types it."""

from django import forms

from funds.forms.base import DayField, text
from funds.models import Allocation, PaymentNature, VoucherKind
from linkage.money import WanField, wan_text


class VoucherForm(forms.Form):
    """`unit` is fixed by the page; the allocations offered are its own."""

    allocation = forms.ModelChoiceField(
        Allocation.objects.none(), label="项目资金", required=False, empty_label="暂不匹配（只计入本单位）",
        help_text="项目 · 层级 · 文号 · 安排金额",
    )  # fmt: skip
    kind = forms.ChoiceField(label="种类", choices=VoucherKind.choices, initial=VoucherKind.PAY)
    nature = forms.ChoiceField(label="款项性质", choices=[("", "—"), *PaymentNature.choices], required=False)
    amount_yuan = WanField(label="金额", help_text="万元，填正数；退款、更正请选对应种类")
    paid_on = DayField(label="支付日期")
    voucher_no = text("支付凭证号", 60, required=False)
    application_no = text("支付申请号", 60, required=False, help_text="没有凭证号时填写")
    line = forms.IntegerField(label="凭证行号", min_value=1, max_value=999, initial=1, help_text="一张凭证付几笔时依次填 1、2、3")
    payee = text("收款方", 80, required=False, help_text="个人姓名只保存姓氏，账号不保存")
    purpose = text("用途", 200, required=False)

    def __init__(self, *args, unit, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["allocation"]
        field.queryset = (
            Allocation.objects.filter(county_allocation__unit=unit)
            .select_related("project", "county_allocation__batch")
            .order_by("-county_allocation__batch__fund_year", "project__code", "pk")
        )  # fmt: skip
        field.label_from_instance = _allocation_words


def _allocation_words(allocation: Allocation) -> str:
    batch = allocation.county_allocation.batch
    return f"{allocation.project.name} · {batch.get_level_display()} · {batch.document_no} · {wan_text(allocation.amount_yuan, 2)} 万元"


class TakeBackForm(forms.Form):
    reason = text("撤回理由", 200)
