"""Searching the audit trail: by person, act, object and day."""

import django_filters
from django import forms
from django.apps import apps

from linkage import periods
from linkage.models import AuditEvent

APPS = ("reports", "issues", "funds", "projects", "linkage")
# Tables that carry what the others consist of; no event speaks of them.
PARTS = frozenset({
    "linkage.auditseal", "linkage.auditevent", "linkage.counter", "linkage.importrow", "linkage.notification", "linkage.savedview",
    "reports.reportcell", "reports.reportline", "reports.reportissuenote", "reports.weeklytransition", "issues.issuetransition",
    "projects.projecttransition", "projects.helptransition", "projects.helpfile",
})  # fmt: skip
# Kinds whose own name is a word of the trade of programs.
WORDS = {"linkage.watermark": "系统恢复", "reports.rowdealing": "分派填报", "linkage.dictionaryentry": "词表条目", "linkage.extraperiod": "加开的调度期"}
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def kinds() -> list[tuple[str, str]]:
    """Every kind of object that an event can speak of: its technical name and its words."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models() if model._meta.label_lower not in PARTS]
    return sorted(((model._meta.label_lower, kind_words(model._meta.label_lower)) for model in models), key=lambda pair: pair[1])


def kind_words(target_type: str) -> str:
    """The name of a kind of object as people say it."""
    try:
        return WORDS.get(target_type) or str(apps.get_model(target_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return target_type


class AuditFilter(django_filters.FilterSet):
    person = django_filters.CharFilter("actor_name", lookup_expr="icontains", label="操作人")
    verb = django_filters.CharFilter("verb", lookup_expr="icontains", label="动作")
    kind = django_filters.ChoiceFilter("target_type", label="对象类型", empty_label="全部")
    target = django_filters.CharFilter("target_label", lookup_expr="icontains", label="对象")
    since = django_filters.DateFilter(method="from_day", label="从", widget=DAY)
    until = django_filters.DateFilter(method="to_day", label="到", widget=DAY)

    class Meta:
        model = AuditEvent
        fields = ["person", "verb", "kind", "target", "since", "until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = kinds()

    def from_day(self, events, name, day):
        return events.filter(at__gte=periods.moment(day))

    def to_day(self, events, name, day):
        """The day itself is included."""
        return events.filter(at__lt=periods.moment(day, 24))
