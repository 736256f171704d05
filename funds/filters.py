"""Filters of the fund lists: one definition for page, Excel and API."""

from __future__ import annotations

from datetime import date

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from funds.figures.ledger import own_shares, rest_edge, young_days
from funds.figures.sums import UNIT_SCOPE
from funds.figures.verdict import Basis
from funds.models import Allocation, Batch, EventKind, FundChange, FundEvent, Level, PaymentNature, Voucher, VoucherKind
from linkage import periods
from linkage.access import scope
from linkage.filters.ids import IdFilter
from linkage.models import FundTask, Region
from linkage.money import MoneyField, money_value

FIRST_YEAR, LAST_YEAR = 2021, 2099
ALL_YEARS = "all"


def is_in_reach(year: int) -> bool:
    """May figures be asked for this year? Outside there is no money, and at the ends of time no week before."""
    return FIRST_YEAR <= year <= LAST_YEAR


def year_choices() -> list[tuple[str, str]]:
    """From the first fund year up to the next; the newest first."""
    newest = periods.today().year + 1
    return [(str(year), f"{year} 年") for year in range(newest, FIRST_YEAR - 1, -1)] + [(ALL_YEARS, "全部年度")]


def years_of(rows, path: str, asked: str) -> list[tuple[str, str]]:
    """Years with rows, the present one and the one asked for; the newest first. One query."""
    years = {periods.today().year, *rows.order_by().values_list(path, flat=True).distinct()}
    if asked.isascii() and asked.isdigit() and len(asked) == 4 and is_in_reach(int(asked)):
        years.add(int(asked))
    return [(str(year), f"{year} 年") for year in sorted(years, reverse=True)] + [(ALL_YEARS, "全部年度")]


def pace_question(query) -> tuple[dict, dict[str, list[str]]]:
    """year, as_of and basis of an address, and what of it could not be read, with words for each. What is missing or
    unreadable takes its default: up to yesterday, the year of that day, the basis of the rule."""
    errors: dict[str, list[str]] = {}
    as_of = yesterday = periods.shift(periods.today(), days=-1)
    try:
        as_of = date.fromisoformat(query["as_of"]) if query.get("as_of") else yesterday
        if not is_in_reach(as_of.year):
            as_of, errors["as_of"] = yesterday, [f"年份须在 {FIRST_YEAR} 与 {LAST_YEAR} 之间。"]
    except ValueError:
        errors["as_of"] = ["请写成 2026-11-19。"]
    year = query.get("year") or ""
    is_year = year.isdecimal() and len(year) == 4 and is_in_reach(int(year))
    if year and not is_year:
        errors["year"] = [f"请写四位年份，{FIRST_YEAR} 至 {LAST_YEAR}。"]
    basis = query.get("basis") or None
    if basis is not None and basis not in Basis.values:
        basis, errors["basis"] = None, [f"只能是 {'、'.join(Basis.values)}。"]
    return {"year": int(year) if is_year else as_of.year, "as_of": as_of, "basis": basis}, errors


def task_asked(query) -> FundTask | None:
    """The fund task of an address, by its code; None for all or where there is no such task."""
    return FundTask.objects.filter(code=query.get("task") or "").first() if query.get("task") else None


def day_asked(query, today: date) -> date:
    """The day of an address (`as_of`, from the page that led here), else today."""
    asked, errors = pace_question(query)
    return asked["as_of"] if query.get("as_of") and not errors.get("as_of") else today


class YearFilter(django_filters.ChoiceFilter):
    """A fund year; "all" leaves it open."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **({"choices": [], "label": "资金年度", "empty_label": None} | kwargs))

    def filter(self, rows, value):
        return rows if value in (None, "", ALL_YEARS) else super().filter(rows, int(value))


class PageFilter(django_filters.FilterSet):
    """Without a year in the address the present fund year is meant; who sees one unit only is not asked which."""

    def __init__(self, data, rows, *, user):
        data = data.copy()
        if not data.get("year"):
            data["year"] = str(periods.today().year)
        super().__init__(data, rows)
        self.filters["year"].extra["choices"] = years_of(rows, self.filters["year"].field_name, data["year"])
        if "unit" in self.filters:
            self._offer_units(user)

    def _offer_units(self, user) -> None:
        units = list(Region.objects.reporting().filter(scope(user, UNIT_SCOPE)))
        if len(units) > 1:
            self.filters["unit"].extra["choices"] = [(unit.slug, unit.name) for unit in units]
        else:
            del self.filters["unit"]


def _unit(path: str) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(field_name=f"{path}__slug", choices=[], label="县（市、区）", empty_label="全部")


def _task(path: str) -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        field_name=path, to_field_name="code", queryset=lambda request: FundTask.objects.all(), label="资金任务", empty_label="全部"
    )


def _level(path: str) -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(field_name=path, choices=Level.choices, label="资金层级", empty_label="全部")


class LedgerFilter(PageFilter):
    year = YearFilter(field_name="county_allocation__batch__fund_year")
    unit = _unit("county_allocation__unit")
    level = _level("county_allocation__batch__level")
    task = _task("county_allocation__batch__task")
    q = django_filters.CharFilter(method="search", label="项目或文号")
    doubtful = django_filters.BooleanFilter(method="only_doubtful", label="只看待核", widget=forms.CheckboxInput)
    batch = IdFilter(field_name="county_allocation__batch_id", widget=forms.HiddenInput)
    project = IdFilter(field_name="project_id", widget=forms.HiddenInput)

    class Meta:
        model = Allocation
        fields: list[str] = []

    def search(self, rows, name, value):
        return rows.filter(
            Q(project__name__icontains=value) | Q(project__code__icontains=value)
            | Q(county_allocation__batch__document_no__icontains=value) | Q(county_allocation__document_no__icontains=value)
        )  # fmt: skip

    def only_doubtful(self, rows, name, value):
        return rows.filter(is_doubtful=True) if value else rows


class VoucherFilter(PageFilter):
    year = YearFilter(field_name="paid_on__year", label="支付年度")
    unit = _unit("unit")
    level = _level("allocation__county_allocation__batch__level")
    kind = django_filters.ChoiceFilter(choices=VoucherKind.choices, label="种类", empty_label="全部")
    nature = django_filters.ChoiceFilter(choices=PaymentNature.choices, label="款项性质", empty_label="全部")
    since = django_filters.DateFilter("paid_on", "gte", label="支付日期自", widget=forms.DateInput(attrs={"type": "date"}))
    until = django_filters.DateFilter("paid_on", "lte", label="至", widget=forms.DateInput(attrs={"type": "date"}))
    q = django_filters.CharFilter(method="search", label="凭证号或项目")
    flagged = django_filters.BooleanFilter(method="only_flagged", label="只看疑点", widget=forms.CheckboxInput)
    taken_back = django_filters.BooleanFilter(method="with_taken_back", label="含已撤回、已拆分的原行", widget=forms.CheckboxInput)
    allocation = IdFilter(field_name="allocation_id", widget=forms.HiddenInput)
    project = IdFilter(field_name="project_id", widget=forms.HiddenInput)

    class Meta:
        model = Voucher
        fields: list[str] = []

    @property
    def qs(self):
        """Lines taken back, and those that count by their parts, are shown only when asked for."""
        rows = super().qs
        asked = self.form.is_valid() and self.form.cleaned_data.get("taken_back")
        return rows if asked else rows.standing()

    def with_taken_back(self, rows, name, value):
        return rows

    def search(self, rows, name, value):
        return rows.filter(
            Q(voucher_no__icontains=value) | Q(application_no__icontains=value) | Q(project__name__icontains=value)
            | Q(project__code__icontains=value)
        )  # fmt: skip

    def only_flagged(self, rows, name, value):
        return rows.exclude(flags=[]) if value else rows


class BatchFilter(PageFilter):
    year = YearFilter(field_name="fund_year")
    unit = django_filters.ChoiceFilter(method="of_unit", choices=[], label="县（市、区）", empty_label="全部")
    level = _level("level")
    task = _task("task")
    q = django_filters.CharFilter(method="search", label="文号或名称")
    left = django_filters.BooleanFilter(method="with_rest", label="只看有未安排到项目的", widget=forms.CheckboxInput)
    overdue = django_filters.BooleanFilter(method="with_overdue_rest", widget=forms.CheckboxInput)
    as_of = django_filters.CharFilter(method="on_day", widget=forms.HiddenInput)

    class Meta:
        model = Batch
        fields: list[str] = []

    def __init__(self, data, rows, *, user, on: date):
        """`on`: the day on which money counts as 新到, see `day_asked`."""
        self.user, self.on = user, on
        super().__init__(data, rows, user=user)
        self.filters["overdue"].label = f"只看下达满 {young_days(on)} 天仍未安排的"

    def of_unit(self, rows, name, value):
        return rows.filter(Exists(self._shares(value))) if value else rows

    def with_rest(self, rows, name, value):
        """Documents of which a share in the user's own scope, of the unit asked for, is not yet wholly arranged."""
        return rows.filter(Exists(self._rests())) if value else rows

    def with_overdue_rest(self, rows, name, value):
        """The same, without money that is still 新到."""
        return rows.filter(Exists(self._rests().filter(issued_on__lte=rest_edge(self.on)))) if value else rows

    def on_day(self, rows, name, value):
        return rows

    def _rests(self):
        return self._shares(self.data.get("unit")).filter(allocated_yuan__lt=F("amount_yuan"))

    def _shares(self, unit: str | None):
        shares = own_shares(self.user).filter(batch=OuterRef("pk"))
        return shares.filter(unit__slug=unit) if unit else shares

    def search(self, rows, name, value):
        return rows.filter(Q(document_no__icontains=value) | Q(title__icontains=value))


class EventFilter(PageFilter):
    """资金变动; the year is the one it took effect in."""

    year = YearFilter(field_name="effective_on__year", label="生效年度")
    unit = django_filters.ChoiceFilter(method="of_unit", choices=[], label="县（市、区）", empty_label="全部")
    kind = django_filters.ChoiceFilter(choices=EventKind.choices, label="种类", empty_label="全部")
    level = _level("batch__level")
    task = _task("batch__task")
    q = django_filters.CharFilter(method="search", label="编号、文号或说明")
    open = django_filters.BooleanFilter(method="not_reissued", label="只看收回后未再分配完的", widget=forms.CheckboxInput)

    class Meta:
        model = FundEvent
        fields: list[str] = []

    def of_unit(self, rows, name, value):
        touched = FundChange.objects.filter(county_allocation__unit__slug=value).values("event_id")
        return rows.filter(Q(pk__in=touched) | Q(region__slug=value)) if value else rows

    def not_reissued(self, rows, name, value):
        given = FundEvent.objects.filter(draws_on=OuterRef("pk")).order_by().values("draws_on").annotate(total=Sum("amount_yuan"))
        left = F("amount_yuan") - Coalesce(Subquery(given.values("total"), output_field=MoneyField()), money_value(0))
        from_county = FundChange.objects.of_shares().filter(event=OuterRef("pk"))
        rows_left = rows.filter(Exists(from_county), kind__in=[EventKind.RECLAIM, EventKind.SURPLUS]).annotate(left_yuan=left)
        return rows_left.filter(left_yuan__gt=money_value(0)) if value else rows

    def search(self, rows, name, value):
        return rows.filter(
            Q(number__icontains=value) | Q(document_no__icontains=value) | Q(reason__icontains=value) | Q(batch__document_no__icontains=value)
        )
