"""The table of stages (features 2.2): which stage follows which, what each gate needs, which stages a method knows.

Plain words only, no models. 实施方式 decides the rail (2.1): a subsidy has no 前期 and no 验收, 项目管理费 ends with the plan.
Moves into 开工, 完工 and 验收 normally come by themselves from the signed weekly statement (`proven_stage`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from linkage.states import Transition

PROPOSED, SCREENED, APPRAISED, ADMITTED, PLANNED = "proposed", "screened", "appraised", "admitted", "planned"
PREPARING, STARTED, FINISHED, ACCEPTED, HANDED_OVER, REMOVED = (
    "preparing", "started", "finished", "accepted", "handed_over", "removed",
)  # fmt: skip
ORDER = (PROPOSED, SCREENED, APPRAISED, ADMITTED, PLANNED, PREPARING, STARTED, FINISHED, ACCEPTED, HANDED_OVER)
CARRIED_OUT = (STARTED, FINISHED, ACCEPTED)  # stages that a statement of facts can prove
BEFORE_PLAN = (PROPOSED, SCREENED, APPRAISED, ADMITTED)
UNTIL_START = (*BEFORE_PLAN, PLANNED, PREPARING)

_LIBRARY = (*BEFORE_PLAN, PLANNED)
RAILS: dict[str, tuple[str, ...]] = {
    "works": ORDER,
    "purchase": ORDER,
    "grant": (*_LIBRARY, STARTED, FINISHED, ACCEPTED),
    "subsidy": (*_LIBRARY, STARTED, FINISHED),
    "training": (*_LIBRARY, STARTED, FINISHED),
    "equity": (*_LIBRARY, STARTED, FINISHED, HANDED_OVER),
    "fee": _LIBRARY,
}

# How a method calls the stages that construction words do not fit.
STAGE_WORDS: dict[str, dict[str, str]] = {
    "works": {STARTED: "开工"},
    "purchase": {STARTED: "签约", FINISHED: "到货安装", ACCEPTED: "验收"},
    "grant": {STARTED: "申报公示", FINISHED: "发放", ACCEPTED: "验收"},
    "subsidy": {STARTED: "办理", FINISHED: "办结"},
    "training": {STARTED: "开班", FINISHED: "结业"},
    "equity": {STARTED: "签约入股", FINISHED: "资金到位"},
}



def stage_word(method: str, stage: str, otherwise: str) -> str:
    """The stage as this 实施方式 calls it; `otherwise` where it has no word of its own."""
    return STAGE_WORDS.get(method, {}).get(stage, otherwise)


EDIT = "project.edit"
DOCUMENT, REASON = ("document",), ("reason",)

SCREEN = Transition("screen", "通过筛选", (PROPOSED,), SCREENED, EDIT)
APPRAISE = Transition("appraise", "完成论证", (SCREENED,), APPRAISED, EDIT)
ADMIT = Transition("admit", "审定入库", (APPRAISED,), ADMITTED, EDIT, DOCUMENT)
PLAN = Transition("plan", "列入年度计划", (ADMITTED,), PLANNED, EDIT, DOCUMENT)
PREPARE = Transition("prepare", "转入前期", (PLANNED,), PREPARING, EDIT)
START = Transition("start", "转入实施", (PLANNED, PREPARING), STARTED, EDIT)
FINISH = Transition("finish", "确认完工", (STARTED,), FINISHED, EDIT)
ACCEPT = Transition("accept", "确认验收", (FINISHED,), ACCEPTED, EDIT)
HAND_OVER = Transition("hand_over", "移交管护", (FINISHED, ACCEPTED), HANDED_OVER, EDIT, DOCUMENT)
TAKE_BACK = Transition("take_back", "退回项目库", (PLANNED, PREPARING), ADMITTED, EDIT, REASON + DOCUMENT)
REMOVE = Transition("remove", "出库", UNTIL_START, REMOVED, EDIT, REASON + DOCUMENT)
PROPOSE_AGAIN = Transition("propose_again", "重新申报", (REMOVED,), PROPOSED, EDIT, REASON)

JUDGED = (SCREEN, APPRAISE)  # a judgement: who, on which day, by which record

FORWARD = (SCREEN, APPRAISE, ADMIT, PLAN, PREPARE, START, FINISH, ACCEPT, HAND_OVER)
ASIDE = (TAKE_BACK, REMOVE, PROPOSE_AGAIN)
TRANSITIONS: dict[str, Transition] = {move.name: move for move in (*FORWARD, *ASIDE)}

# What a person sees as the evidence of a gate.
_GATES: dict[str, str] = {
    SCREENED: "县级筛选意见（单位或会议、日期、记录文号或资料）", APPRAISED: "行业部门论证意见（单位或会议、日期、记录文号或资料）",
    ADMITTED: "县级领导小组审定文件文号",
    PLANNED: "年度实施计划文号", PREPARING: "列入年度计划的文件", HANDED_OVER: "资产移交文件文号",
}  # fmt: skip
_STATED: dict[str, dict[str, str]] = {
    "works": {STARTED: "开工日期", FINISHED: "完工日期", ACCEPTED: "验收日期"},
    "purchase": {STARTED: "签约日期", FINISHED: "安装完成日期", ACCEPTED: "验收日期"},
    "grant": {STARTED: "申报户数或公示日期", FINISHED: "全部申报户的发放户数", ACCEPTED: "验收日期"},
    "subsidy": {STARTED: "已办批次"},
    "training": {STARTED: "开班日期", FINISHED: "结业日期"},
    "equity": {STARTED: "签约日期"},
}


def evidence_words(method: str, stage: str) -> str:
    """What must be there before a project of this method enters the stage; empty when nothing is asked."""
    if stage in CARRIED_OUT:
        stated = _STATED.get(method, {}).get(stage)
        return f"周调度填报的{stated}" if stated else "依据文件文号"
    return _GATES.get(stage, "")


def has_started_on(facts: Any) -> bool:
    return bool(facts.started_on)


def has_finished_on(facts: Any) -> bool:
    return bool(facts.finished_on)


def has_accepted_on(facts: Any) -> bool:
    return bool(facts.accepted_on)


def has_contract(facts: Any) -> bool:
    return bool(facts.contract_signed_on)


def is_installed(facts: Any) -> bool:
    return bool(facts.installed_on)


def has_declared(facts: Any) -> bool:
    return bool(facts.households_declared or facts.publicised_on)


def has_paid_all(facts: Any) -> bool:
    """Every declared household was paid; nothing declared counts as unknown, not as all."""
    return bool(facts.households_declared and (facts.households_paid or 0) >= facts.households_declared)


def has_batches(facts: Any) -> bool:
    return bool(facts.batches_done)


Proof = Callable[[Any], bool]
PROOFS: dict[str, dict[str, Proof]] = {
    "works": {STARTED: has_started_on, FINISHED: has_finished_on, ACCEPTED: has_accepted_on},
    "purchase": {STARTED: has_contract, FINISHED: is_installed, ACCEPTED: has_accepted_on},
    "grant": {STARTED: has_declared, FINISHED: has_paid_all, ACCEPTED: has_accepted_on},
    "subsidy": {STARTED: has_batches},
    "training": {STARTED: has_started_on, FINISHED: has_finished_on},
    "equity": {STARTED: has_contract},
    "fee": {},
}


def rail(method: str) -> tuple[str, ...]:
    """The stages a project of this 实施方式 goes through, in order."""
    return RAILS[method]


def next_move(method: str, stage: str) -> Transition | None:
    """The forward move to the following stage of the method's rail; None at its end and for a removed project."""
    stages = RAILS[method]
    if stage not in stages or stage == stages[-1]:
        return None
    target = stages[stages.index(stage) + 1]
    return next(move for move in FORWARD if move.target == target)


def proven_by(method: str, stage: str, facts: Any) -> bool | None:
    """Do the facts prove the stage? None where a statement never proves it: the gate then asks for a document."""
    proof = PROOFS[method].get(stage)
    return None if proof is None else facts is not None and proof(facts)


def proven_stage(method: str, current: str, facts: Any) -> str:
    """The stage a project stands in after its newest statement.

    Only planned and running projects move, and only to stages of the method's rail. Forward as far as the facts prove;
    backward only when a correction takes the proof of the present stage away again (a stage reached by a document stays).
    """
    if current not in (PLANNED, PREPARING, *CARRIED_OUT):
        return current
    proven = [stage for stage in CARRIED_OUT if proven_by(method, stage, facts)]
    reached = proven[-1] if proven else None
    if reached and ORDER.index(reached) >= ORDER.index(current):
        return reached
    if current in CARRIED_OUT and proven_by(method, current, facts) is False:
        return reached or (PREPARING if PREPARING in RAILS[method] else PLANNED)
    return current
