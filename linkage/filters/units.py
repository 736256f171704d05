"""Narrowing a list to one reporting unit, offered only to those who see several."""

import django_filters
from django.db.models import Q

from linkage import access
from linkage.models import Region


def units_in_sight(user):
    """Reporting units below one of the user's seats, in display order."""
    here = Q(pk__in=[])
    for grant in access.grants_of(user):
        if grant.breadths:
            here |= Q(path__startswith=grant.region_path)
    return Region.objects.reporting().filter(here)


class UnitFilter(django_filters.ModelChoiceFilter):
    """One unit, by its slug in the address; the units are put in by `UnitsInSight`."""

    def __init__(self, *args, **kwargs):
        kwargs = {"to_field_name": "slug", "label": "县（市、区）", "empty_label": "全部"} | kwargs
        super().__init__(*args, **kwargs, queryset=Region.objects.none())


class UnitsInSight(django_filters.FilterSet):
    """A filter set with `unit = UnitFilter(…)`: who sees one unit only is not asked which.

    `user` decides which units may be chosen; the API gives the request in its place. Rows must already be limited by
    visible_to(user).
    """

    def __init__(self, data=None, queryset=None, *, user=None, request=None, **kwargs):
        super().__init__(data, queryset, request=request, **kwargs)
        self.user = user or request.user
        units = units_in_sight(self.user)
        if len(units) > 1:
            self.filters["unit"].field.queryset = units
        else:
            del self.filters["unit"]
