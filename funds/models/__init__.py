from .batch import HEADLINE_LEVELS, Allocation, Batch, CountyAllocation, Level
from .claim import ClaimRoute
from .event import EventKind, FundChange, FundEvent
from .spending import OpeningBalance, PaymentNature, ReportedSpending, Voucher, VoucherChannel, VoucherKind
from .target import Measure, TargetNode

__all__ = [
    "HEADLINE_LEVELS", "Allocation", "Batch", "ClaimRoute", "CountyAllocation", "EventKind", "FundChange", "FundEvent", "Level", "Measure", "OpeningBalance",
    "PaymentNature", "ReportedSpending", "TargetNode", "Voucher", "VoucherChannel", "VoucherKind",
]  # fmt: skip
