"""Narrowing the list of documents: page and Excel use the same set."""

from __future__ import annotations

import django_filters

from linkage.filters.units import UnitFilter, UnitsInSight
from linkage.filters.words import WordFilter
from linkage.models import DictionaryEntry, DictionaryKind
from projects.models import DOCUMENT_OWNERS, ProjectDocument

OWNERS = [(name, str(ProjectDocument._meta.get_field(name).verbose_name)) for name in DOCUMENT_OWNERS]
SHOWN = (("withdrawn", "已撤回"), ("all", "全部"))
NAMES = ("project__name", "procedure__project__name", "asset__project__name", "notice__project__name", "adjustment__project__name", "contract__name")


class DocumentFilter(UnitsInSight):
    """Standing files unless asked otherwise; rows must already be limited by visible_to(user)."""

    q = WordFilter("title", "document_no", *NAMES, where="名称、文号、项目、合同")
    unit = UnitFilter(field_name="upload__region")
    kind = django_filters.ModelChoiceFilter(queryset=DictionaryEntry.objects.of(DictionaryKind.DOCUMENT), label="资料种类", empty_label="全部")
    of = django_filters.ChoiceFilter(choices=OWNERS, method="by_owner", label="所属", empty_label="全部")
    year = django_filters.NumberFilter("added_at__year", label="上传年度", min_value=2015, max_value=2100)
    shown = django_filters.ChoiceFilter(choices=SHOWN, method="by_standing", label="状态", empty_label="在用")

    class Meta:
        model = ProjectDocument
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("shown") else rows.standing()

    def by_owner(self, rows, name, value):
        return rows.filter(**{f"{value}__isnull": False})

    def by_standing(self, rows, name, value):
        return rows.filter(withdrawn_at__isnull=False) if value == "withdrawn" else rows
