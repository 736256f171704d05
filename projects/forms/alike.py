"""Forms of the page of suspicions."""

from __future__ import annotations

from django import forms

from linkage.models import Region
from linkage.money import BIGINT_MAX
from projects.models import AlikeVerdict

from .project import FreeText

SHOWN = (("", "待认定"), ("decided", "已认定"), ("all", "全部"))
KINDS = (("", "全部"), ("same", "疑似重复"), ("split", "疑似拆分"))


class AlikeFilter(forms.Form):
    year = forms.ChoiceField(label="项目年度", required=False)
    unit = forms.ModelChoiceField(Region.objects.none(), to_field_name="slug", label="县（市、区）", required=False, empty_label="全部")
    kind = forms.ChoiceField(label="疑似", choices=KINDS, required=False)
    shown = forms.ChoiceField(label="认定", choices=SHOWN, required=False)

    def __init__(self, *args, units, years: list[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [(str(year), f"{year}年") for year in years]
        if len(units) > 1:
            self.fields["unit"].queryset = units
        else:
            del self.fields["unit"]


class DecisionForm(forms.Form):
    one = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=BIGINT_MAX)
    other = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=BIGINT_MAX)
    verdict = forms.ChoiceField(label="认定", choices=AlikeVerdict.choices)
    reason = FreeText(label="理由", max_length=300)
