"""Sheets this app takes in; importing this package registers them."""

from . import allocations, breakdowns, county_allocations, opening_balances
from .treasury import payments, quotas

__all__ = ["allocations", "breakdowns", "county_allocations", "opening_balances", "payments", "quotas"]
