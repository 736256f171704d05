"""Sheets of this app, one file per noun; importing it registers them."""

from . import contract, document, help_request, plan, plan_list, procedure, readiness, records
from .project import KIND

__all__ = ["KIND", "contract", "document", "help_request", "plan", "plan_list", "procedure", "readiness", "records"]
