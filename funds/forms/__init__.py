from .batch import AdjustForm, ArrangeForm, BatchAmendForm, BatchForm, ReduceForm, ShareAdjustForm, ShareForm
from .closing import CarryForm
from .events import ProjectTransferForm, ReissueForm, TransferForm
from .target import TargetForm
from .treasury import AnswerForm, FeedForm, MatchForm
from .voucher import ReasonForm, SplitFormSet, TakeBackForm, VoucherForm, allocation_choices

__all__ = [
    "AdjustForm", "AnswerForm", "ArrangeForm", "BatchAmendForm", "BatchForm", "CarryForm", "FeedForm", "MatchForm", "ProjectTransferForm",
    "ReasonForm", "ReduceForm", "ReissueForm", "ShareAdjustForm", "ShareForm", "SplitFormSet", "TakeBackForm", "TargetForm", "TransferForm",
    "VoucherForm", "allocation_choices",
]  # fmt: skip
