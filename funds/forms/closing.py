"""What becomes of one allocation's balance at the end of the year."""

from django import forms

from funds.forms.base import text
from funds.models import CarryKind


class CarryForm(forms.Form):
    kind = forms.ChoiceField(label="处理", choices=CarryKind.choices, widget=forms.RadioSelect)
    reason = text("说明", 200, required=False, help_text="与建议不同时必填")
    document_no = text("依据文号", 120, required=False, help_text="连续两年未用完仍要结转时必填")
