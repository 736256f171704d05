"""Forms of the working-day calendar."""

from datetime import date

from django import forms

DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
DOCUMENT_HELP = "如：国办发明电〔2026〕5号，或地区通知"


FIRST_YEAR, LAST_YEAR = 2020, 2099


def in_reach(day: date) -> None:
    """A slip in the year would stay, and the clock would stumble over it every minute."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise forms.ValidationError(f"年份须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间，请核对。", code="year")


class DayForm(forms.Form):
    day = forms.DateField(label="日期", widget=DAY, validators=[in_reach])
    is_workday = forms.TypedChoiceField(
        label="调整为", choices=[("work", "上班"), ("rest", "放假")], coerce=lambda word: word == "work"
    )
    name = forms.CharField(label="说明", max_length=60, required=False, help_text="如：春节调休")
    document = forms.CharField(label="依据文件", max_length=120, help_text=DOCUMENT_HELP)


class ConfirmYearForm(forms.Form):
    document = forms.CharField(label="放假通知", max_length=120, help_text=DOCUMENT_HELP)


class ExtraPeriodForm(forms.Form):
    key = forms.RegexField(
        r"^\d{4}-[A-Z0-9]{2,7}$", label="期号", max_length=12, help_text="年份加代号，如 2026-YE",
        error_messages={"invalid": "期号为四位年份、短横、大写字母或数字，如 2026-YE。"},
    )  # fmt: skip
    title = forms.CharField(label="名称", max_length=30, help_text="如：2026年年终关账")  # the period's title adds its days
    cutoff_on = forms.DateField(label="数据截至", widget=DAY, validators=[in_reach])
    due_on = forms.DateField(label="上报截止日", widget=DAY, validators=[in_reach])
    document = forms.CharField(label="依据文件", max_length=120)

    def clean_key(self):
        key = self.cleaned_data["key"]
        if key[5:].startswith("W") and key[6:].isdigit():
            raise forms.ValidationError("W 开头的期号留给周调度，请另用代号。")
        return key
