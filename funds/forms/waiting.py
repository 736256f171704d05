"""The question of the page 待支出资金: which money, up to which day, over how many days."""

from __future__ import annotations

from typing import Any

from django import forms

from funds.figures.sums import UNIT_SCOPE
from funds.figures.verdict import Basis
from funds.figures.waiting.links import Link
from funds.figures.waiting.reading import Asked
from funds.filters import ALL_YEARS, pace_question, year_choices
from funds.forms.base import DayField
from funds.models import HEADLINE_LEVELS, Level
from linkage import periods, rules
from linkage.access import scope
from linkage.models import FundTask, Region

HEADLINE = "headline"
ALL_LEVELS = "all"
SPANS = (("7", "近 7 天"), ("30", "近 30 天"), ("90", "近 90 天"), ("year", "本年"))
AXES = (("unit", "按县（市、区）"), ("task", "按资金任务"), ("matter", "按环节和事项"), ("holder", "按承办单位"))


class WaitingForm(forms.Form):
    """Every field has a default: an address without parameters asks for this year's central and provincial money up to yesterday."""

    year = forms.ChoiceField(label="资金年度", required=False)
    level = forms.ChoiceField(
        label="资金层级", choices=[(HEADLINE, "中央＋省级"), (ALL_LEVELS, "全部层级"), *Level.choices], required=False,
    )  # fmt: skip
    unit = forms.ModelChoiceField(Region.objects.none(), label="县（市、区）", to_field_name="slug", required=False, empty_label="全部")
    task = forms.ModelChoiceField(FundTask.objects.all(), label="资金任务", to_field_name="code", required=False, empty_label="全部")
    as_of = DayField(label="截至", required=False)
    span = forms.ChoiceField(label="时段", choices=SPANS, required=False)
    by = forms.CharField(widget=forms.HiddenInput, required=False)
    basis = forms.CharField(widget=forms.HiddenInput, required=False)
    link = forms.CharField(widget=forms.HiddenInput, required=False, label="环节")
    holder = forms.CharField(widget=forms.HiddenInput, required=False, label="承办单位")

    def __init__(self, query, *, user):
        asked, _ = pace_question(query)
        given = {name: query.get(name) for name in self.base_fields if query.get(name)}
        defaults: dict[str, Any] = {"level": HEADLINE, "span": "30"}
        super().__init__(defaults | given | {"year": query.get("year") or str(asked["year"]), "as_of": asked["as_of"].isoformat()})
        self.fields["year"].choices = [(str(asked["year"]), f"{asked['year']} 年"), *year_choices()]
        units = Region.objects.reporting().filter(scope(user, UNIT_SCOPE))
        if len(units) > 1:
            self.fields["unit"].queryset = units
        else:
            del self.fields["unit"]
        self.asked_day, self.asked_basis = asked["as_of"], asked["basis"]
        if link := given.get("link"):
            if link in Link.values:
                self.fields["link"].widget.attrs["data-chip"] = Link(link).label

    def question(self) -> Asked:
        """What cannot be read takes its default."""
        self.is_valid()
        value = self.cleaned_data
        level, year = value.get("level") or HEADLINE, value.get("year")
        levels = {HEADLINE: tuple(HEADLINE_LEVELS), ALL_LEVELS: ()}.get(level, (level,))
        unit, task = value.get("unit"), value.get("task")
        return Asked(
            as_of=self.asked_day, since=self._since(value.get("span") or "30"), basis=self.asked_basis or rules.get("pace_basis", on=self.asked_day),
            year=None if year == ALL_YEARS else int(year or self.asked_day.year), levels=tuple(str(one) for one in levels),
            unit=unit.pk if unit else None, task=task.pk if task else None,
        )  # fmt: skip

    def _since(self, span: str):
        if span == "year":
            return self.asked_day.replace(month=1, day=1)
        return periods.shift(self.asked_day, days=1 - int(span))

    @property
    def span_words(self) -> str:
        return dict(SPANS).get(self.cleaned_data.get("span") or "30", "近 30 天")

    @property
    def level_words(self) -> str:
        level = self.cleaned_data.get("level") or HEADLINE
        return {HEADLINE: "中央和省级", ALL_LEVELS: "各级"}.get(level) or str(Level(level).label)

    @property
    def axis(self) -> str:
        by = self.cleaned_data.get("by") or "unit"
        return by if by in dict(AXES) else "unit"

    @property
    def link_chosen(self) -> str:
        link = self.cleaned_data.get("link") or ""
        return link if link in Link.values else ""

    @property
    def holder_chosen(self) -> str:
        holder = self.cleaned_data.get("holder") or ""
        return holder if holder.isascii() and holder.isdigit() else ""


def basis_words(asked: Asked) -> str:
    return str(Basis(asked.basis).label)
