"""Sheets this app takes in; importing this package registers them."""

from . import allocations, county_allocations, opening_balances

__all__ = ["allocations", "county_allocations", "opening_balances"]
