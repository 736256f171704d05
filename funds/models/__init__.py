from .batch import HEADLINE_LEVELS, Allocation, Batch, CountyAllocation, Level
from .claim import ClaimRoute
from .event import EventKind, FundChange, FundEvent
from .spending import OpeningBalance, PaymentNature, ReportedSpending, Voucher, VoucherChannel, VoucherKind
from .target import Measure, TargetNode
from .treasury import BudgetLine, FeedKind, MatchAnswer, TreasuryFeed, TreasuryMatch

__all__ = [
    "HEADLINE_LEVELS", "Allocation", "Batch", "BudgetLine", "ClaimRoute", "CountyAllocation", "EventKind", "FeedKind", "FundChange", "FundEvent",
    "Level", "MatchAnswer", "Measure", "OpeningBalance", "PaymentNature", "ReportedSpending", "TargetNode", "TreasuryFeed", "TreasuryMatch",
    "Voucher", "VoucherChannel", "VoucherKind",
]  # fmt: skip
