"""Narrowing the lists of this app, one file per noun."""

from .project import ProjectFilter, sorted_by, units_in_sight

__all__ = ["ProjectFilter", "sorted_by", "units_in_sight"]
