"""Narrowing the project library: page, Excel and API use the same set, and the address carries it."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Case, F, Q, Value, When

from linkage import periods
from linkage.filters.ids import IdFilter
from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from linkage.models import DictionaryEntry, DictionaryKind, FundTask, ImportTrace
from projects import states
from projects.figures.amounts import MONEY, total, unpaid
from projects.figures.rates import WITH_ACCEPTANCE, counted, reached
from projects.models import ConstructionState, Method, Project, Stage

REACHED = (
    ("not_started", "未开工"), ("started", "已开工"), ("under_way", "在建"), ("finished", "已完工"), ("to_accept", "完工未验收"),
    ("accepted", "已验收"),
)  # fmt: skip
def _in_order(field: str, order) -> Case:
    """Words in the order in which they follow one another, not by their code."""
    return Case(*(When(**{field: value}, then=Value(place)) for place, value in enumerate(order)), default=Value(len(order)))


SORTS = {
    "code": ("code",), "name": ("name",), "unit": ("unit__display_order", "-project_year", "code"),
    "task": ("task__display_order", "task_id"), "method": (_in_order("method", Method.values),), "stage": (_in_order("stage", Stage.values),),
    "investment": ("planned_investment_yuan",), "start": ("planned_start_on",), "ratio": ("physical_ratio",), "updated": ("updated_at",),
}  # fmt: skip
DEFAULT_SORT = ("unit__display_order", "-project_year", "code")


class ProjectFilter(UnitsInSight):
    q = WordFilter("name", "code", "site", "implementer__name", where="名称、编号、地点、实施单位")
    unit = UnitFilter()
    year = django_filters.ChoiceFilter(field_name="project_year", label="项目年度", empty_label="全部")
    task = django_filters.ModelChoiceFilter(queryset=FundTask.objects.all(), to_field_name="code", label="资金任务", empty_label="全部")
    method = django_filters.ChoiceFilter(choices=Method.choices, label="实施方式", empty_label="全部")
    category = django_filters.ModelChoiceFilter(
        queryset=DictionaryEntry.objects.of(DictionaryKind.CATEGORY), to_field_name="code", label="项目类别", empty_label="全部"
    )
    stage = django_filters.ChoiceFilter(choices=Stage.choices, label="阶段", empty_label="全部")
    reached = django_filters.ChoiceFilter(choices=REACHED, method="by_progress", label="实施情况", empty_label="全部")
    construction = django_filters.ChoiceFilter(
        field_name="construction_state", choices=ConstructionState.choices, label="施工状态", empty_label="全部"
    )
    imported = IdFilter(method="by_import", label="导入", widget=forms.HiddenInput(attrs={"data-chip": "这次导入的项目"}))
    unpaid = django_filters.BooleanFilter(method="without_payment", label="有资金未支出", widget=forms.CheckboxInput)

    class Meta:
        model = Project
        fields: tuple[str, ...] = ()

    def __init__(self, *args, as_of=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.as_of = as_of or periods.today()
        years = Project.objects.visible_to(self.user).order_by("-project_year").values_list("project_year", flat=True).distinct()
        self.filters["year"].field.choices = [(year, f"{year}年") for year in years]

    def by_progress(self, rows, name, value):
        """The same conditions as 开工率, 完工率, 验收率 use, so that a number and its rows agree."""
        started, finished, accepted = (reached(stage, self.as_of) for stage in states.CARRIED_OUT)
        conditions = {
            "not_started": ~started, "started": started, "under_way": started & ~finished, "finished": finished,
            "to_accept": finished & ~accepted & Q(method__in=WITH_ACCEPTANCE), "accepted": accepted & Q(method__in=WITH_ACCEPTANCE),
        }  # fmt: skip
        return rows.filter(counted() & conditions[value])

    def by_import(self, rows, name, value):
        """What one of the person's own imports wrote and nobody has taken back."""
        trace = ImportTrace.objects.filter(job=value, job__created_by=self.user, undone_at__isnull=True).first()
        return rows.filter(pk__in=[*trace.created, *map(int, trace.changed)]) if trace else rows.none()

    def without_payment(self, rows, name, value):
        return rows.filter(unpaid(self.user, self.as_of)) if value else rows


def sorted_by(rows, sort: str, *, user, as_of):
    """Order by one of SORTS or of the money beside the projects, "-" in front for descending; anything else gives the printed
    order of units. What is not known stands last either way. `user` and `as_of` decide about the money, as in the list itself."""
    name, falling = sort.removeprefix("-"), sort.startswith("-")
    money = total(name, user, as_of) if name in MONEY else None
    keys = (money,) if money is not None else SORTS.get(name)
    if not keys:
        return rows.order_by(*DEFAULT_SORT)
    return rows.order_by(*(_directed(key, falling) for key in keys), "pk")


def _directed(key, falling: bool):
    """`key` is a field, with "-" one that falls by itself, or an expression."""
    if isinstance(key, str):
        falling ^= key.startswith("-")
        key = F(key.removeprefix("-"))
    return key.desc(nulls_last=True) if falling else key.asc(nulls_last=True)
