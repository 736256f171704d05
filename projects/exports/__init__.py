"""Sheets of this app, one file per noun; importing it registers them."""

from . import contract, plan, procedure, records
from .project import KIND

__all__ = ["KIND", "contract", "plan", "procedure", "records"]
