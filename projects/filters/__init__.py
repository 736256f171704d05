"""Narrowing the lists of this app, one file per noun."""

from .project import ProjectFilter, sorted_by

__all__ = ["ProjectFilter", "sorted_by"]
