"""Sheets this app gives out; importing this package registers them."""

from . import breakdown, closing, evenness, events, money, pace, project_ledger, waiting
from .money import Found, batches_for, build_vouchers, ledger_for, vouchers_for
from .pace import pace_tail

__all__ = [
    "Found", "batches_for", "breakdown", "build_vouchers", "closing", "evenness", "events", "ledger_for", "money", "pace", "pace_tail",
    "project_ledger", "vouchers_for", "waiting",
]  # fmt: skip
