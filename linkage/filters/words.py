"""Searching a list by what a person types."""

from django import forms
from django.db.models import Q
from django_filters import CharFilter

MOST_WORDS = 5


class WordFilter(CharFilter):
    """Rows in which every word typed stands in one of the fields; `where` tells the person what is searched."""

    def __init__(self, *paths: str, where: str):
        self.paths = paths
        super().__init__(label="搜索", widget=forms.TextInput(attrs={"placeholder": where}))

    def filter(self, rows, value):
        for word in value.split()[:MOST_WORDS]:
            rows = rows.filter(self.holding(word))
        return rows

    def holding(self, word: str) -> Q:
        return Q(*((f"{path}__icontains", word) for path in self.paths), _connector=Q.OR)
