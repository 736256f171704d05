from .batch import HEADLINE_LEVELS, Allocation, Batch, CountyAllocation, Level
from .breakdown import BREAKDOWN_MEASURES, Breakdown, BreakdownCell
from .claim import ClaimRoute
from .closing import CarryDecision, CarryKind, ClosingState, ClosingTransition, YearClosing
from .event import EventKind, FundChange, FundEvent
from .spending import OpeningBalance, PaymentNature, ReportedSpending, Voucher, VoucherChannel, VoucherKind
from .target import Denominator, Measure, TargetNode
from .treasury import BudgetLine, FeedKind, MatchAnswer, TreasuryFeed, TreasuryMatch

__all__ = [
    "BREAKDOWN_MEASURES", "HEADLINE_LEVELS", "Allocation", "Batch", "Breakdown", "BreakdownCell", "BudgetLine", "CarryDecision", "CarryKind",
    "ClaimRoute", "ClosingState", "ClosingTransition", "CountyAllocation", "Denominator", "EventKind", "FeedKind", "FundChange", "FundEvent",
    "Level", "MatchAnswer", "Measure", "OpeningBalance", "PaymentNature", "ReportedSpending", "TargetNode", "TreasuryFeed", "TreasuryMatch",
    "Voucher", "VoucherChannel", "VoucherKind", "YearClosing",
]  # fmt: skip
