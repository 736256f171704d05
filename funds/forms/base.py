"""Small fields shared by the forms of this app. Amounts are typed in 万元 and leave as Decimal 元."""

from django import forms


class DayField(forms.DateField):
    """A day picked in the browser's own calendar, or typed as 2026-11-19."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def text(label: str, length: int, *, required: bool = True, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text)
