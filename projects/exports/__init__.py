"""Sheets of this app, one file per noun; importing it registers them."""

from . import alike, changes, contract, document, help_request, plan, plan_list, procedure, readiness, records
from .project import KIND

__all__ = ["KIND", "alike", "changes", "contract", "document", "help_request", "plan", "plan_list", "procedure", "readiness", "records"]
