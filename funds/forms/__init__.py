from .batch import AdjustForm, ArrangeForm, BatchAmendForm, BatchForm, ReduceForm, ShareAdjustForm, ShareForm
from .target import TargetForm
from .voucher import TakeBackForm, VoucherForm

__all__ = [
    "AdjustForm", "ArrangeForm", "BatchAmendForm", "BatchForm", "ReduceForm", "ShareAdjustForm", "ShareForm", "TakeBackForm",
    "TargetForm", "VoucherForm",
]  # fmt: skip
