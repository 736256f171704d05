"""The table of moves of an annual implementation plan (features 2.4).

The county composes, another person enters the decision of the county's leading group, the prefecture takes it on file. What is
decided never changes again: an adjustment is the next version.
"""

from __future__ import annotations

from linkage.states import Transition

DRAFT, DECIDING, DECIDED, FILING, FILED, RETURNED = "draft", "deciding", "decided", "filing", "filed", "returned"
EDITABLE = (DRAFT,)
OPEN = (DRAFT, DECIDING)  # at most one version of a unit and year
BINDING = (DECIDED, FILING, FILED, RETURNED)  # decided by the county: its projects are in the plan
FOR_ABOVE = (FILING, FILED, RETURNED)  # what the prefecture reads
MAY_ADJUST = (DECIDED, FILED, RETURNED)

COMPOSE, SIGN, TAKE = "plan.compose", "plan.decide", "plan.file"
REASON, DOCUMENT = ("reason",), ("document",)

HAND_IN = Transition("hand_in", "提请审定", (DRAFT,), DECIDING, COMPOSE)
RECALL = Transition("recall", "撤回修改", (DECIDING,), DRAFT, COMPOSE)
SEND_BACK = Transition("send_back", "退回编制", (DECIDING,), DRAFT, SIGN, REASON)
DECIDE = Transition("decide", "登记审定", (DECIDING,), DECIDED, SIGN, DOCUMENT, differs_from=("composed_by", "handed_in_by"))
SEND_UP = Transition("send_up", "报地区备案", (DECIDED,), FILING, COMPOSE)
FILE = Transition("file", "予以备案", (FILING,), FILED, TAKE)
RETURN = Transition("return_plan", "退回调整", (FILING,), RETURNED, TAKE, REASON)

TRANSITIONS: dict[str, Transition] = {move.name: move for move in (HAND_IN, DECIDE, SEND_UP, FILE, RECALL, SEND_BACK, RETURN)}
