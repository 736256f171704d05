"""The table of moves of a contract (features 2.9): 招标中 → 流标/废标 → 重新招标 → 中标 → 已签约 → 履行中 → 已结算 → 决算.

Plain words only, no models. A round that fails leaves the contract standing: the next round belongs to the same purchase.
"""

from linkage.states import Transition

TENDERING, FAILED, VOIDED, AWARDED = "tendering", "failed", "voided", "awarded"
SIGNED, PERFORMING, SETTLED, FINAL, TERMINATED = "signed", "performing", "settled", "final", "terminated"
BEFORE_PRICE = (TENDERING, FAILED, VOIDED)
PRICED = (AWARDED, SIGNED, PERFORMING, SETTLED, FINAL, TERMINATED)
BINDING = (SIGNED, PERFORMING, SETTLED, FINAL, TERMINATED)  # a contract exists on paper
EDITABLE = (*BEFORE_PRICE, AWARDED, SIGNED, PERFORMING)  # facts, shares and terms may still be put right
CHANGEABLE = (SIGNED, PERFORMING)  # 变更 of amount or term
UNDER_WAY = EDITABLE

EDIT = "contract.edit"
REASON, DOCUMENT = ("reason",), ("document",)

FAIL = Transition("fail", "流标", (TENDERING,), FAILED, EDIT, REASON)
VOID = Transition("void", "废标", (TENDERING, AWARDED), VOIDED, EDIT, REASON)
RETENDER = Transition("retender", "重新招标", (FAILED, VOIDED), TENDERING, EDIT)
AWARD = Transition("award", "中标（成交）", (TENDERING,), AWARDED, EDIT)
SIGN = Transition("sign", "签订合同", (AWARDED,), SIGNED, EDIT)
PERFORM = Transition("perform", "开始履行", (SIGNED,), PERFORMING, EDIT)
SETTLE = Transition("settle", "结算审定", (PERFORMING,), SETTLED, EDIT, DOCUMENT)
FINALISE = Transition("finalise", "竣工决算", (SETTLED,), FINAL, EDIT, DOCUMENT)
TERMINATE = Transition("terminate", "解除合同", (SIGNED, PERFORMING), TERMINATED, EDIT, REASON + DOCUMENT)

TRANSITIONS: dict[str, Transition] = {
    move.name: move for move in (AWARD, FAIL, VOID, RETENDER, SIGN, PERFORM, SETTLE, FINALISE, TERMINATE)
}  # fmt: skip

# What is needed next, in words: state → what.
NEXT_STEP: dict[str, str] = {
    TENDERING: "开标后登记中标价和中标单位；没有成交的登记流标或废标",
    FAILED: "重新招标，或改用其他采购方式",
    VOIDED: "重新招标，或改用其他采购方式",
    AWARDED: "中标通知书发出后 30 日内签订合同，登记签约日期、工期和付款条款",
    SIGNED: "开工（供货）后登记开始履行",
    PERFORMING: "完工验收后登记结算审定价",
    SETTLED: "办理竣工财务决算",
    FINAL: "",
    TERMINATED: "",
}
