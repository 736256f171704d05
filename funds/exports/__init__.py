"""Sheets this app gives out; importing this package registers them."""

from . import money, waiting
from .money import Found, batches_for, build_vouchers, ledger_for, pace_tail, vouchers_for

__all__ = ["Found", "batches_for", "build_vouchers", "ledger_for", "money", "pace_tail", "vouchers_for", "waiting"]
