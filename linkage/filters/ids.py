"""Narrowing a list to the rows of one object, named by its number in the address."""

import django_filters
from django import forms

from linkage.money import BIGINT_MAX


class IdFilter(django_filters.NumberFilter):
    """A number the database can hold. What it names is not looked up: rows out of sight and rows that are not there are
    told apart by nobody."""

    field_class = forms.IntegerField

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **({"min_value": 0, "max_value": BIGINT_MAX} | kwargs))
