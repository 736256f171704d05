from .batch import AdjustForm, ArrangeForm, BatchAmendForm, BatchForm, ReduceForm, ShareAdjustForm, ShareForm
from .target import TargetForm
from .treasury import AnswerForm, FeedForm, MatchForm
from .voucher import TakeBackForm, VoucherForm

__all__ = [
    "AdjustForm", "AnswerForm", "ArrangeForm", "BatchAmendForm", "BatchForm", "FeedForm", "MatchForm", "ReduceForm", "ShareAdjustForm",
    "ShareForm", "TakeBackForm",
    "TargetForm", "VoucherForm",
]  # fmt: skip
