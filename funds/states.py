"""The table of moves of a year's end (features 4.10): closed by one person, opened again by two."""

from __future__ import annotations

from linkage.states import Transition

PREPARING, CLOSED, REOPENING = "preparing", "closed", "reopening"
LOCKED = (CLOSED, REOPENING)  # what is dated in the year cannot be changed

CLOSE_RIGHT, CARRY_RIGHT = "funds.close", "funds.carry"

CLOSE = Transition("close", "结账", (PREPARING,), CLOSED, CLOSE_RIGHT)
ASK_REOPEN = Transition("ask_reopen", "申请重新开账", (CLOSED,), REOPENING, CLOSE_RIGHT, ("reason",))
REOPEN = Transition("reopen", "同意重新开账", (REOPENING,), PREPARING, CLOSE_RIGHT, differs_from=("asked_by",))
KEEP_CLOSED = Transition("keep_closed", "不同意重新开账", (REOPENING,), CLOSED, CLOSE_RIGHT, ("reason",))

TRANSITIONS: dict[str, Transition] = {move.name: move for move in (CLOSE, ASK_REOPEN, REOPEN, KEEP_CLOSED)}
