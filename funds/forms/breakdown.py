"""Forms of the 目标任务分解表: a new column, the grid of targets, and its issue."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django import forms

from funds.actions.breakdown import Goal, Place
from funds.forms.base import DayField, text
from funds.models import BREAKDOWN_MEASURES, Breakdown, BreakdownCell
from linkage import periods
from linkage.models import FundTask
from linkage.money import PercentField


class ColumnForm(forms.Form):
    """The same target for every unit; single ones are put right in the grid afterwards."""

    measure = forms.ChoiceField(label="指标", choices=[(measure.value, measure.label) for measure in BREAKDOWN_MEASURES])
    task = forms.ModelChoiceField(FundTask.objects.all(), label="资金任务", required=False, empty_label="全部任务")
    due_on = DayField(label="完成时限")
    target_ratio = PercentField(label="目标", help_text="百分数，如 95")


class BreakdownIssueForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    document_no = text("印发文号", 120)
    decided_on = DayField(label="印发日期")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["decided_on"].initial = periods.today()


def field_name(place: Place) -> str:
    """The input of one target: c-<unit>-<task or 0>-<measure>-<yyyymmdd>."""
    return f"c-{place.unit}-{place.task or 0}-{place.measure}-{place.due_on:%Y%m%d}"


class GridForm(forms.Form):
    """One percent input per unit and column; an empty one takes the target away."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data, sheet: Breakdown, places: Iterable[tuple[Place, str]]):
        super().__init__(data)
        self.places: dict[str, Place] = {}
        self.standing: dict[Place, BreakdownCell] = {Place(c.unit_id, c.task_id, c.measure, c.due_on): c for c in sheet.cells.all()}
        self.fields["revision"].initial = sheet.revision
        for place, words in places:
            name = field_name(place)
            self.places[name] = place
            field = PercentField(label=words, required=False)
            field.widget.attrs |= {"class": "form-control form-control-sm num", "aria-label": words, "size": 6}
            standing = self.standing.get(place)
            field.initial = standing.target_ratio if standing else None
            self.fields[name] = field

    def goals(self) -> dict[Place, Goal | None]:
        """What the grid says now; a cell keeps its own document."""
        found: dict[Place, Goal | None] = {}
        for name, place in self.places.items():
            value: Decimal | None = self.cleaned_data.get(name)
            standing = self.standing.get(place)
            found[place] = None if value is None else Goal(value, standing.document_no if standing else "")
        return found

