"""Forms of the annual plan. The composing page is one large table and is read as a whole by `Composition`."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from linkage.models import Level, Region
from linkage.money import from_wan, plausible

from .project import DayField, FreeText


class NewPlanForm(forms.Form):
    """Which unit, which year; for an adjustment why."""

    unit = forms.ModelChoiceField(Region.objects.none(), label="填报单位", to_field_name="slug", empty_label=None)
    year = forms.IntegerField(label="年度", min_value=2015, max_value=2100)
    reason = FreeText(label="调整理由", required=False, max_length=500, help_text="已有审定的版本时必填。")

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units


class PlanStepForm(forms.Form):
    """One move; what it needs is asked by the action."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = FreeText(label="理由", required=False, max_length=500)
    document = FreeText(label="审定文件文号", required=False, max_length=120)
    decided_on = DayField(label="审定日期", required=False)


@dataclass
class Composition:
    """What was typed on the composing page: ticks, amounts in 万元, the note, the revision that was seen.

    `typed` keeps every text as it was written, `errors` maps (project id, level) to what is wrong with it. Amounts of projects
    that are not ticked are kept on the page and not saved.
    """

    picked: set[int] = field(default_factory=set)
    typed: dict[tuple[int, str], str] = field(default_factory=dict)
    rows: dict[int, dict[str, Decimal]] = field(default_factory=dict)
    errors: dict[tuple[int, str], str] = field(default_factory=dict)
    note: str = ""
    note_error: str = ""
    revision: int = -1

    @classmethod
    def read(cls, data: QueryDict) -> Composition:
        found = cls(picked={int(pk) for pk in data.getlist("pick") if pk.isdecimal() and len(pk) < 12})
        for name, text in data.items():
            part, _, rest = name.partition("-")
            pk, _, level = rest.partition("-")
            if part == "m" and pk.isdecimal() and len(pk) < 12 and level in Level.values:
                found.typed[int(pk), level] = text.strip()
        for pk in sorted(found.picked):
            found.rows[pk] = found._amounts(pk)
        found._read_note(data.get("note", ""))
        revision = data.get("revision", "")
        found.revision = int(revision) if revision.isdecimal() and len(revision) < 10 else -1
        return found

    def _amounts(self, pk: int) -> dict[str, Decimal]:
        amounts = {}
        for level in Level.values:
            try:
                amount = plausible(from_wan(self.typed.get((pk, level), "")))
                if amount is not None and amount < 0:
                    raise ValidationError("计划资金不能为负数。")
            except ValidationError as error:
                self.errors[pk, level] = " ".join(error.messages)
            else:
                amounts |= {level: amount} if amount else {}
        return amounts

    def _read_note(self, text: str) -> None:
        try:
            self.note = FreeText(label="资金说明", required=False, max_length=500).clean(text)
        except ValidationError as error:
            self.note, self.note_error = text, " ".join(error.messages)
