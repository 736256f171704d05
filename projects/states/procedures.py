"""The table of moves of a procedure (features 3.2): 申请 → 受理 → 补正 → 准予, and who holds the matter in each state.

`side` says whose act a move is. An act of the 承办单位 that the county records (代录) waits for the body's confirmation.
"""

from __future__ import annotations

from dataclasses import dataclass

from linkage.states import Transition

NOT_APPLIED, EXEMPT = "not_applied", "exempt"
APPLIED, ACCEPTED, TOLERANT, COMMITTED = "applied", "accepted", "tolerant", "committed"
CORRECTING, REFERRED = "correcting", "referred"
GRANTED, REFUSED, NOT_ACCEPTED, WITHDRAWN = "granted", "refused", "not_accepted", "withdrawn"

RUNNING = (ACCEPTED, TOLERANT, COMMITTED)  # the term runs
OPEN = (APPLIED, *RUNNING, CORRECTING, REFERRED)  # applied for and not answered
FAILED = (REFUSED, NOT_ACCEPTED, WITHDRAWN)  # may be applied for again
SETTLED = (GRANTED, EXEMPT)  # nothing more to do
FIRST_STATES = (NOT_APPLIED, EXEMPT)  # no application is under way
ENDED = (GRANTED, *FAILED)  # the clock stands still
WAITING = (NOT_APPLIED, *OPEN, *FAILED)  # the project still needs it
WITH_BODY = (APPLIED, *RUNNING)  # the next step is the 承办单位's

ACT = "procedure.act"  # a department for what it handles
RECORD = "procedure.record"  # the county's clerk: 申请, and 代录 for the department
GREEN = "procedure.green"
KEEP = "procedure.catalogue"
ANSWER_FOR = "procedure.answer_for"  # what the county recorded for a body that is gone: 审签人 and the office, who record nothing
HAND_OVER = "procedure.hand_over"  # to another 承办单位 while under way

HANDED, RELISTED = "hand_over", "catalogue"  # names of events that leave the state as it is
OTHER_EVENTS = {HANDED: "转交承办单位", RELISTED: "按手续目录更新"}

APPLICANT, BODY = "applicant", "body"


@dataclass(frozen=True)
class Move(Transition):
    """A transition with whose act it is, and what a person reads on the button's form."""

    side: str = BODY
    hint: str = ""


_REASON, _DOCUMENT = ("reason",), ("document",)

APPLY = Move("apply", "申请", (NOT_APPLIED, *FAILED), APPLIED, ACT, side=APPLICANT, hint="申请材料递交之日")
ACCEPT = Move("accept", "受理", (APPLIED,), ACCEPTED, ACT, hint="时限从受理次日起按工作日计算")
ACCEPT_TOLERANT = Move("accept_tolerant", "容缺受理", (APPLIED,), TOLERANT, ACT, _REASON, hint="说明写明所缺材料和补齐时限")
ACCEPT_COMMITTED = Move("accept_committed", "告知承诺受理", (APPLIED,), COMMITTED, ACT, hint="申请人已签订承诺书")
NOT_ACCEPT = Move("not_accept", "不予受理", (APPLIED,), NOT_ACCEPTED, ACT, _REASON)
ASK_CORRECTION = Move("ask_correction", "要求补正", (APPLIED, *RUNNING), CORRECTING, ACT, _REASON, hint="补正期间时限暂停，时间计入申请方")
CORRECTED = Move("corrected", "补正完成", (CORRECTING,), ACCEPTED, ACT, side=APPLICANT, hint="补正材料齐全即为受理，时限继续计算")
SUPPLIED = Move("supplied", "容缺材料补齐", (TOLERANT,), ACCEPTED, ACT, side=APPLICANT)
REFER = Move("refer", "转系统外单位", (ACCEPTED,), REFERRED, ACT, _REASON, hint="说明写明转往的单位；其间的时间单独计算")
REFER_BACK = Move("refer_back", "系统外单位办回", (REFERRED,), ACCEPTED, ACT)
GRANT = Move("grant", "准予", (ACCEPTED, COMMITTED), GRANTED, ACT, _DOCUMENT)
REFUSE = Move("refuse", "不予许可", RUNNING, REFUSED, ACT, _REASON)
WITHDRAW = Move("withdraw", "撤回申请", OPEN, WITHDRAWN, ACT, _REASON, side=APPLICANT)
SPARE = Move("spare", "免办", (NOT_APPLIED, *FAILED), EXEMPT, ACT, _REASON, hint="说明写明免办的法定依据")
UNSPARE = Move("unspare", "恢复办理", (EXEMPT,), NOT_APPLIED, ACT, _REASON, side=APPLICANT)

USUAL = (APPLY, ACCEPT, CORRECTED, SUPPLIED, REFER_BACK, GRANT)  # what mostly comes next: offered first

TRANSITIONS: dict[str, Move] = {
    move.name: move for move in (
        APPLY, ACCEPT, ACCEPT_TOLERANT, ACCEPT_COMMITTED, ASK_CORRECTION, CORRECTED, SUPPLIED, REFER, REFER_BACK, GRANT, REFUSE, NOT_ACCEPT,
        WITHDRAW, SPARE, UNSPARE,
    )
}  # fmt: skip

# How kinds that grant nothing call the last steps: nature → move or state → word.
_MOVE_WORDS = {
    "filing": {"grant": "备案办结", "refuse": "不予备案"}, "letter": {"grant": "出具", "refuse": "不予出具"},
    "supervision": {"grant": "办结", "refuse": "不通过"},
}  # fmt: skip
_STATE_WORDS = {
    "filing": {GRANTED: "已备案", REFUSED: "不予备案"}, "letter": {GRANTED: "已出具", REFUSED: "不予出具"},
    "supervision": {GRANTED: "已办结", REFUSED: "不通过"},
}  # fmt: skip

WITHOUT_BODY = (WITHDRAW, UNSPARE)  # what the applicant can still do when the 承办单位 is gone

FIRST = ("apply", "spare")  # what can be done with a procedure nobody has begun


def move_words(nature: str, move: Transition) -> str:
    """The button's word for this nature of procedure: 准予, 备案办结, 出具."""
    return _MOVE_WORDS.get(nature, {}).get(move.name, move.label)


def state_words(nature: str, state: str, label: str) -> str:
    return _STATE_WORDS.get(nature, {}).get(state, label)


def moves_from(state: str) -> list[Move]:
    """The moves that the table allows in a state, in its order."""
    return [move for move in TRANSITIONS.values() if state in move.sources]
