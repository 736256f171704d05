"""Narrowing the list of documents: page and Excel use the same set."""

from __future__ import annotations

import django_filters
from django import forms
from django.db.models import Q

from linkage.models import DictionaryEntry, DictionaryKind, Region
from projects.filters.project import units_in_sight
from projects.models import DOCUMENT_OWNERS, ProjectDocument

OWNERS = [(name, str(ProjectDocument._meta.get_field(name).verbose_name)) for name in DOCUMENT_OWNERS]
SHOWN = (("withdrawn", "已撤回"), ("all", "全部"))
_PROJECTS = ("project", "procedure__project", "asset__project", "notice__project", "adjustment__project")


class DocumentFilter(django_filters.FilterSet):
    """`user` decides which units may be chosen; rows must already be limited by visible_to(user). Standing files unless asked otherwise."""

    q = django_filters.CharFilter(method="search", label="搜索", widget=forms.TextInput(attrs={"placeholder": "名称、文号、项目"}))
    unit = django_filters.ModelChoiceFilter(
        field_name="upload__region", queryset=Region.objects.none(), to_field_name="slug", label="县（市、区）", empty_label="全部"
    )
    kind = django_filters.ModelChoiceFilter(queryset=DictionaryEntry.objects.of(DictionaryKind.DOCUMENT), label="资料种类", empty_label="全部")
    of = django_filters.ChoiceFilter(choices=OWNERS, method="by_owner", label="所属", empty_label="全部")
    year = django_filters.NumberFilter("added_at__year", label="上传年度", min_value=2015, max_value=2100)
    shown = django_filters.ChoiceFilter(choices=SHOWN, method="by_standing", label="状态", empty_label="在用")

    class Meta:
        model = ProjectDocument
        fields: tuple[str, ...] = ()

    def __init__(self, data=None, queryset=None, *, user, **kwargs):
        super().__init__(data, queryset, **kwargs)
        units = units_in_sight(user)
        if len(units) > 1:
            self.filters["unit"].field.queryset = units
        else:
            del self.filters["unit"]

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("shown") else rows.standing()

    def search(self, rows, name, value):
        for word in value.split()[:5]:
            found = Q(title__icontains=word) | Q(document_no__icontains=word) | Q(contract__name__icontains=word)
            for path in _PROJECTS:
                found |= Q(**{f"{path}__name__icontains": word})
            rows = rows.filter(found)
        return rows

    def by_owner(self, rows, name, value):
        return rows.filter(**{f"{value}__isnull": False})

    def by_standing(self, rows, name, value):
        return rows.filter(withdrawn_at__isnull=False) if value == "withdrawn" else rows
