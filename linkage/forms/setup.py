"""Forms of the guided first day."""

from django import forms

from .inputs import words


class ConfirmForm(forms.Form):
    note = words("说明", max_length=200, help_text="有缺项须写明理由才能确认")
