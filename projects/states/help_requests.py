"""The table of moves of a 提请协调 (features 1.5): 提出 → 签收 → 办复 → 确认解决, with 转办, 升级, 退回再办 and 撤回.

`side` says whose act a move is: of the body that is asked, of who asked, or of either with the office. There is no move by which
a body closes a request as none of its business: that is a 转办, with the right body named.
"""

from __future__ import annotations

from dataclasses import dataclass

from linkage.states import Transition

ASKED, SIGNED, ANSWERED, RESOLVED, WITHDRAWN = "asked", "signed", "answered", "resolved", "withdrawn"
WITH_BODY = (ASKED, SIGNED)  # the clock runs for who is asked
OPEN = (*WITH_BODY, ANSWERED)
CLOSED = (RESOLVED, WITHDRAWN)

BODY, COUNTY, PREFECTURE = "body", "county", "prefecture"  # who is asked: tier

RAISE = "help.raise"  # 提出, and what the asking side does later
ANSWER = "help.answer"  # a body for what it is asked; the offices for what is brought before them
RECORD = "help.record"  # 代录 for a body none of whose people can log in
DECIDE = "help.decide"  # the prefecture's office says who answers

ANSWERER, ASKER = "answerer", "asker"


@dataclass(frozen=True)
class Move(Transition):
    """A transition with whose act it is, and what a person reads under its form."""

    side: str = ANSWERER
    hint: str = ""


_REASON = ("reason",)

SIGN = Move("sign", "签收", (ASKED,), SIGNED, ANSWER, hint="签收后由您承办，提请人会看到您的姓名和办复时限。")
REPLY = Move("answer", "办复", WITH_BODY, ANSWERED, ANSWER, _REASON, hint="写明怎么解决、何时落实。不属于本单位职责的，请转办并写明应由哪个单位办。")
FORWARD = Move("forward", "转办", WITH_BODY, ASKED, ANSWER, _REASON, hint="写明为什么不属于本单位、为什么由新单位办。时限对新单位重新计算。")
CONFIRM = Move("confirm", "确认解决", (ANSWERED,), RESOLVED, RAISE, side=ASKER)
REJECT = Move("reject", "退回再办", (ANSWERED,), SIGNED, RAISE, _REASON, side=ASKER, hint="写明哪里没有解决。办复时限重新计算，轮次加一。")
ESCALATE = Move("escalate", "升级", OPEN, ASKED, RAISE, side=ASKER, hint="超时后可直接升级；未超时的请写明理由。")
WITHDRAW = Move("withdraw", "撤回", OPEN, WITHDRAWN, RAISE, _REASON, side=ASKER)

TRANSITIONS: dict[str, Move] = {move.name: move for move in (SIGN, REPLY, FORWARD, CONFIRM, REJECT, ESCALATE, WITHDRAW)}
WORDS = {"raise": "提出"} | {move.name: move.label for move in TRANSITIONS.values()}
HANDED_ON = ("raise", FORWARD.name, ESCALATE.name)  # moves by which somebody receives it

# What is needed next, by whom: state → (what, who).
NEXT_STEP = {
    ASKED: ("签收，或直接办复；不属于本单位职责的转办并写明应由哪个单位办", "被提请的单位"),
    SIGNED: ("协调解决并办复", "承办人"),
    ANSWERED: ("核实答复：已解决的确认，没有解决的退回再办或升级", "提请人"),
}
