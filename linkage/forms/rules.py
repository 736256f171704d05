"""The change of one rule: a value of its own kind, a day, a ground, and the effect seen."""

from __future__ import annotations

from django import forms

from linkage import periods
from linkage.rules import Rule


class RuleChangeForm(forms.Form):
    """For a day before today the person must have seen which periods it touches."""

    value = forms.CharField(label="新取值")
    effective_from = forms.DateField(label="生效日期", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    document = forms.CharField(label="依据文件", max_length=120, required=False, help_text="文号或会议纪要")
    reason = forms.CharField(
        label="理由", max_length=200, required=False, help_text="没有依据文件，或生效日期在今天之前时必填"
    )
    understood = forms.BooleanField(label="已了解追溯的影响", required=False)

    def __init__(self, *args, rule: Rule, **kwargs):
        super().__init__(*args, **kwargs)
        self.touched: list[periods.Week] = []
        self.fields["value"] = _value_field(rule)

    def clean(self):
        cleaned = super().clean()
        day, today = cleaned.get("effective_from"), periods.today()
        if day and day < today:
            self.touched = touched_weeks(day)
            if not cleaned.get("understood"):
                self.add_error("understood", "生效日期在今天之前。请先看列出的受影响期次，再勾选确认。")
            if not cleaned.get("reason"):
                self.add_error("reason", "生效日期在今天之前，须写明理由。")
        elif not cleaned.get("document") and not cleaned.get("reason"):
            self.add_error("document", "请写明依据文件或理由。")
        return cleaned

    @property
    def change(self) -> dict:
        """What the action takes."""
        return {name: self.cleaned_data[name] for name in ("value", "effective_from", "document", "reason")}

    @property
    def needs_understanding(self) -> bool:
        return bool(self.touched)


def touched_weeks(since) -> list[periods.Week]:
    """The weekly periods due from a past day up to today, oldest first; no 休周."""
    work, today = periods.WorkCalendar.load(), periods.today()
    weeks = periods.weeks_between(periods.Week.of(since), periods.Week.of(today))
    return [week for week in weeks if (due := week.due_day(work)) and since <= due <= today]


def _value_field(rule: Rule) -> forms.Field:
    if rule.kind == "choice":
        return forms.ChoiceField(label="新取值", choices=rule.choices)
    if rule.kind == "boolean":
        return forms.TypedChoiceField(
            label="新取值", choices=[("1", "是"), ("", "否")], coerce=bool, empty_value=False, required=False
        )
    if rule.kind == "season":
        return forms.CharField(label="新取值", required=False, max_length=20, help_text="月-日至月-日，如 11-01至04-15；留空为不设。")
    if rule.kind == "hours":
        return forms.CharField(label="新取值", max_length=60, help_text="时:分至时:分，用顿号隔开，如 08:30至11:30、13:30至17:00。")
    help_text = f"{rule.low} 至 {rule.high}" if rule.low is not None and rule.high is not None else ""
    return forms.IntegerField(label="新取值", min_value=rule.low, max_value=rule.high, help_text=help_text)
