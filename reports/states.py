"""The moves of a weekly report (features 5.6). Lateness is computed beside the state, never stored as one."""

from django.db.models import TextChoices

from linkage.states import Transition


class ReportState(TextChoices):
    DRAFT = "draft", "填报中"
    SIGNING = "signing", "待审签"
    SUBMITTED = "submitted", "已上报"
    RETURNED = "returned", "退回修改"
    ACCEPTED = "accepted", "已接收"


S = ReportState

HAND_IN = Transition("hand_in", "提交审签", (S.DRAFT, S.RETURNED), S.SIGNING, "weekly.hand_in")
RECALL_NEW = Transition("recall", "撤回修改", (S.SIGNING,), S.DRAFT, "weekly.recall")
RECALL_RETURNED = Transition("recall", "撤回修改", (S.SIGNING,), S.RETURNED, "weekly.recall")
SEND_BACK_NEW = Transition("send_back", "退回填报人", (S.SIGNING,), S.DRAFT, "weekly.send_back", needs=("reason",))
SEND_BACK_RETURNED = Transition("send_back", "退回填报人", (S.SIGNING,), S.RETURNED, "weekly.send_back", needs=("reason",))
SIGN = Transition("sign", "审签上报", (S.SIGNING,), S.SUBMITTED, "weekly.sign", differs_from=("handed_in_by",))
ACCEPT = Transition("accept", "接收", (S.SUBMITTED,), S.ACCEPTED, "weekly.review")
RETURN = Transition("return", "退回修改", (S.SUBMITTED,), S.RETURNED, "weekly.review", needs=("reason",))
REOPEN = Transition("reopen", "解锁更正", (S.ACCEPTED,), S.RETURNED, "weekly.unlock", needs=("reason",))

WEEKLY = (
    HAND_IN, RECALL_NEW, RECALL_RETURNED, SEND_BACK_NEW, SEND_BACK_RETURNED, SIGN, ACCEPT, RETURN, REOPEN,
)  # fmt: skip

# Between filler and signer: the reasons of these moves, and these acts of the trail, speak of what the county has not signed
# yet. They are its own until SIGN.
DIFFERENCE = "提交差异"
WITHIN_COUNTY = (RECALL_NEW.name, SEND_BACK_NEW.name)
ACTS_WITHIN_COUNTY = (DIFFERENCE, SEND_BACK_NEW.label)


def recall(report):
    """Before the first version a recalled report is a draft again, afterwards it stays one under correction."""
    return RECALL_RETURNED if report.version else RECALL_NEW


def send_back(report):
    return SEND_BACK_RETURNED if report.version else SEND_BACK_NEW


# The same state reads differently on the two sides of the desk.
COUNTY_WORDS = {S.DRAFT: "填报中", S.SIGNING: "待审签", S.SUBMITTED: "已上报，待地区接收", S.RETURNED: "退回待改", S.ACCEPTED: "已接收"}
PREFECTURE_WORDS = {S.DRAFT: "填报中", S.SIGNING: "县级审签中", S.SUBMITTED: "待接收", S.RETURNED: "已退回，待重报", S.ACCEPTED: "已接收"}
