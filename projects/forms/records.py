"""Forms of assets, publications and performance targets. Fields have the names of the model's."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django import forms
from django.core.validators import URLValidator

from linkage import periods
from linkage.money import WanField
from projects.models import AssetKind, NoticeKind, NoticePlace, Operator, OwnerKind, QuantityField, TargetLevel

from .project import DayField, FreeText


class RecordForm(forms.Form):
    """With `row` its values are filled in and `revision` is the one shown."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, row=None, **kwargs):
        known = {name: getattr(row, name) for name in self.base_fields if hasattr(row, name)} if row is not None else {}
        super().__init__(*args, initial=known | kwargs.pop("initial", {}), **kwargs)

    @property
    def values(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class AssetForm(RecordForm):
    name = FreeText(label="资产名称", max_length=120)
    kind = forms.ChoiceField(label="资产类别", choices=AssetKind.choices)
    quantity = FreeText(label="数量规格", required=False, max_length=120, help_text="如：温室大棚 4 栋 1215 平方米；到户类只写户数。")
    value_yuan = WanField(label="原值（万元）")
    owner_kind = forms.ChoiceField(label="权属类别", choices=OwnerKind.choices)
    owner = FreeText(label="权属单位", required=False, max_length=120, help_text="写单位名称，不写个人姓名。")
    registered_on = DayField(label="确权登记日期", required=False)
    registration = FreeText(label="确权登记文件", required=False, max_length=120)
    handed_over_on = DayField(label="移交日期", required=False)
    hand_over_document = FreeText(label="移交文件", required=False, max_length=120)
    caretaker = FreeText(label="管护单位或岗位", required=False, max_length=120, help_text="如：白银纳村管护岗；不写个人电话。")
    idle_since = DayField(label="闲置起始日期", required=False, help_text="没有闲置的空着；恢复使用后清空。")
    idle_reason = FreeText(label="闲置原因", required=False, max_length=200)

    PAIRS = (("registered_on", "registration", "确权登记"), ("handed_over_on", "hand_over_document", "移交"), ("idle_since", "idle_reason", "闲置"))

    def clean(self):
        cleaned = super().clean()
        for day, words, what in self.PAIRS:
            if bool(cleaned.get(day)) != bool(cleaned.get(words)) and day not in self.errors and words not in self.errors:
                self.add_error(words if cleaned.get(day) else day, f"{what}须同时填{self.fields[day].label}和{self.fields[words].label}。")
        return cleaned


class IncomeForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    year = forms.IntegerField(label="年度", min_value=2015, max_value=2100)
    income_yuan = WanField(label="收益（万元）")
    to_village_yuan = WanField(label="分配到村集体（万元）", required=False)
    to_households_yuan = WanField(label="分配到户（万元）", required=False)
    upkeep_yuan = WanField(label="管护支出（万元）", required=False)
    note = FreeText(label="说明", required=False, max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, initial={"year": periods.today().year - 1} | kwargs.pop("initial", {}), **kwargs)

    @property
    def values(self) -> dict:
        amounts = {name: self.cleaned_data[name] or Decimal("0.00") for name in ("to_village_yuan", "to_households_yuan", "upkeep_yuan")}
        return self.cleaned_data | amounts


class NoticeForm(RecordForm):
    kind = forms.ChoiceField(label="公示内容", choices=NoticeKind.choices)
    place = forms.ChoiceField(label="公示载体", choices=NoticePlace.choices)
    where = FreeText(label="具体位置", required=False, max_length=200, help_text="如：县政府门户网站“乡村振兴”栏目；白银纳村村务公开栏。")
    from_on = DayField(label="公示起")
    to_on = DayField(label="公示止", required=False, help_text="还在公示的空着。原则上不少于 10 天，起止当天都算。")
    url = forms.CharField(
        label="证明链接", required=False, max_length=300, validators=[URLValidator(schemes=["http", "https"], message="请填写 http 或 https 开头的网址。")]
    )
    document = FreeText(label="文号或证明材料", required=False, max_length=120)
    objections = FreeText(
        label="异议及处理", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text="没有异议写“无异议”；不写个人信息。"
    )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("from_on") and cleaned.get("to_on") and cleaned["to_on"] < cleaned["from_on"]:
            self.add_error("to_on", "公示止不能早于公示起。")
        return cleaned


class NumberField(forms.Field):
    """A quantity with at most four decimals, not negative; blank is None."""

    def to_python(self, value):
        if value in (None, ""):
            return None
        try:
            number = Decimal(str(value).strip().replace(",", ""))
        except InvalidOperation:
            raise forms.ValidationError("请填写数字，如 1200 或 98.5。") from None
        number = QuantityField().to_python(number)
        if number is not None and number < 0:
            raise forms.ValidationError("不能为负数。")
        return number

    def prepare_value(self, value):
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class TargetForm(RecordForm):
    level = forms.ChoiceField(label="一级指标", choices=TargetLevel.choices)
    name = FreeText(label="指标", max_length=120, help_text="如：硬化道路长度；受益户数；受益群众满意度。")
    operator = forms.ChoiceField(label="符号", choices=Operator.choices)
    target = NumberField(label="目标值")
    unit_name = FreeText(label="计量单位", required=False, max_length=20, help_text="如：公里、户、%。")
    actual = NumberField(label="实际值", required=False)
    actual_on = DayField(label="实际值日期", required=False)
