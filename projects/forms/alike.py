"""What a person says about a pair of like projects."""

from __future__ import annotations

from django import forms

from linkage.money import BIGINT_MAX
from projects.models import AlikeVerdict

from .project import FreeText


class DecisionForm(forms.Form):
    one = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=BIGINT_MAX)
    other = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=BIGINT_MAX)
    verdict = forms.ChoiceField(label="认定", choices=AlikeVerdict.choices)
    reason = FreeText(label="理由", max_length=300)
