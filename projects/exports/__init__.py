"""Sheets of this app, one file per noun; importing it registers them."""

from . import plan
from .project import KIND

__all__ = ["KIND", "plan"]
