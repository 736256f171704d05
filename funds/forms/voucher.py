"""The voucher as a treasury clerk types it."""

from django import forms

from funds.forms.base import DayField, text
from funds.models import Allocation, PaymentNature, Voucher, VoucherKind
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
    refers_to = forms.ModelChoiceField(
        Voucher.objects.none(), label="冲减的凭证", required=False, empty_label="—", help_text="退款、更正时选原来的支付；合计不能超过原支付",
    )  # fmt: skip
    budget_project = text("预算项目", 200, required=False, help_text="一体化系统中的预算项目，可不填")
    quota_no = text("指标文号", 80, required=False)
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
        paid = Voucher.objects.present().filter(unit=unit, kind=VoucherKind.PAY, split_from__isnull=True)
        returning = self.fields["refers_to"]
        returning.queryset = paid.select_related("project").order_by("-paid_on", "-pk")
        returning.label_from_instance = _payment_words


def _payment_words(voucher: Voucher) -> str:
    place = voucher.project.name if voucher.project else "已拆分或未匹配"
    return f"{voucher} · {voucher.paid_on} · {wan_text(voucher.amount_yuan)} 万元 · {place}"


def _allocation_words(allocation: Allocation) -> str:
    batch = allocation.county_allocation.batch
    return f"{allocation.project.name} · {batch.get_level_display()} · {batch.document_no} · {wan_text(allocation.amount_yuan, 2)} 万元"


class PartForm(forms.Form):
    """One part of a split voucher; an empty row is left out."""

    allocation = forms.ModelChoiceField(Allocation.objects.none(), label="项目资金", required=False, empty_label="不属于本系统的项目（只计入本单位）")
    amount_yuan = WanField(label="金额", required=False)
    nature = forms.ChoiceField(label="款项性质", choices=[("", "同原凭证"), *PaymentNature.choices], required=False)

    def __init__(self, *args, allocations, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["allocation"].queryset = Allocation.objects.filter(pk__in=[pk for pk, _ in allocations if pk])
        self.fields["allocation"].widget.choices = allocations
        self.fields["amount_yuan"].widget.attrs |= {"data-sum": "", "class": "form-control"}
        for name in ("allocation", "nature"):
            self.fields[name].widget.attrs["class"] = "form-select"

    def clean(self):
        given = super().clean()
        if given.get("allocation") and given.get("amount_yuan") is None and "amount_yuan" not in self.errors:
            self.add_error("amount_yuan", "请填写金额。")
        return given


SplitFormSet = forms.formset_factory(PartForm, extra=0, max_num=60, validate_max=True)


class ReasonForm(forms.Form):
    reason = text("理由", 200)

    def __init__(self, *args, required: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required


def allocation_choices(unit) -> list[tuple[str, str]]:
    """Every allocation of a unit, the newest year first, in words. One query for all rows of the form."""
    rows = Allocation.objects.filter(county_allocation__unit=unit).select_related("project", "county_allocation__batch")
    ordered = rows.order_by("-county_allocation__batch__fund_year", "project__code", "pk")
    return [("", "不属于本系统的项目（只计入本单位）"), *((str(row.pk), _allocation_words(row)) for row in ordered)]


class TakeBackForm(forms.Form):
    reason = text("撤回理由", 200)
