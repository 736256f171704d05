"""The table of moves of the rectification ledger (features 8.2), first version: 交办 → 签收 → 整改 → 申请销号 → 销号."""

from linkage.states import Transition

ASSIGNED, RECTIFYING, CLOSING, CLOSED = "assigned", "rectifying", "closing", "closed"
OPEN = (ASSIGNED, RECTIFYING, CLOSING)
NOTABLE = OPEN  # states in which 整改进展 may be added

RAISE = "issue.raise"
RECTIFY = "issue.rectify"
CLOSE_RIGHT = "issue.close"
NOTE = "issue.note"

ACCEPT = Transition("accept", "签收", (ASSIGNED,), RECTIFYING, RECTIFY)
REQUEST_CLOSURE = Transition("request_closure", "申请销号", (RECTIFYING,), CLOSING, RECTIFY, ("reason",))
CLOSE = Transition("close", "销号", (CLOSING,), CLOSED, CLOSE_RIGHT, differs_from=("rectified_by",))
RETURN = Transition("return", "退回整改", (CLOSING,), RECTIFYING, CLOSE_RIGHT, ("reason",), differs_from=("rectified_by",))

TRANSITIONS = {move.name: move for move in (ACCEPT, REQUEST_CLOSURE, CLOSE, RETURN)}

# What is needed next, by whom, in words: state → (what, who).
NEXT_STEP = {
    ASSIGNED: ("签收并提出整改措施、明确责任人", "责任地区填报员或牵头整改单位"),
    RECTIFYING: ("落实整改，填写整改进展；完成后说明结果并申请销号", "责任地区填报员或牵头整改单位"),
    CLOSING: ("核查整改结果，予以销号或退回整改", "整改人以外的审签人、专班办公室或部门负责人"),
}
