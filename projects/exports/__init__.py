"""Sheets of this app, one file per noun; importing it registers them."""

from . import contract, document, plan, plan_list, procedure, records
from .project import KIND

__all__ = ["KIND", "contract", "document", "plan", "plan_list", "procedure", "records"]
