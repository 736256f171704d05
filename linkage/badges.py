"""One file for how a state looks: colour (tone), shape and word together, never colour alone.

Keys are the stored values in lower case. A value that is not listed is shown neutrally with the word the caller gives.
"""

from dataclasses import dataclass

SHAPES = {
    "circle": '<circle cx="6" cy="6" r="4.5"/>',
    "ring": '<circle cx="6" cy="6" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5"/>',
    "half": '<circle cx="6" cy="6" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M6 2.25a3.75 3.75 0 0 1 0 7.5z"/>',
    "triangle": '<path d="M6 1.2 11.2 10.6H.8z"/>',
    "square": '<path d="M1.8 1.8h8.4v8.4H1.8z"/>',
    "diamond": '<path d="M6 .8 11.2 6 6 11.2.8 6z"/>',
    "check": '<path d="M1.8 6.4 4.8 9.4 10.2 3" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "cross": '<path d="M2.4 2.4 9.6 9.6M9.6 2.4 2.4 9.6" fill="none" stroke="currentColor" stroke-width="1.8"/>',
    "dash": '<path d="M2 6h8" stroke="currentColor" stroke-width="1.8"/>',
    "arrow": '<path d="M10 2v3.5a2 2 0 0 1-2 2H2.5M5 4.6 2.2 7.5 5 10.4" fill="none" stroke="currentColor" stroke-width="1.6"/>',
}


@dataclass(frozen=True)
class Look:
    """tone: ok, warn, bad, info or none; shape: a key of SHAPES; word: what is read."""

    tone: str
    shape: str
    word: str


UNKNOWN = Look("none", "ring", "")

LOOKS: dict[str, dict[str, Look]] = {
    "pace": {
        "normal": Look("ok", "circle", "正常"),
        "lag": Look("warn", "triangle", "滞后"),
        "severe": Look("bad", "square", "严重滞后"),
        "none": Look("none", "dash", "无任务"),
        "fault": Look("bad", "cross", "数据待核"),
    },
    "closing": {
        "preparing": Look("info", "half", "结算中"),
        "closed": Look("ok", "check", "已结账"),
        "reopening": Look("warn", "arrow", "申请重新开账"),
    },
    "report": {
        "draft": Look("none", "ring", "填报中"),
        "signing": Look("info", "half", "待审签"),
        "submitted": Look("info", "circle", "已上报"),
        "returned": Look("warn", "arrow", "退回修改"),
        "accepted": Look("ok", "check", "已接收"),
    },
    "todo": {
        "overdue": Look("bad", "square", "已逾期"),
        "returned": Look("warn", "arrow", "被退回"),
        "due": Look("info", "circle", "待办理"),
        "waiting": Look("info", "half", "待处理"),
        "notice": Look("none", "diamond", "提示"),
    },
    "plan": {
        "draft": Look("none", "ring", "编制中"),
        "deciding": Look("info", "half", "待审定"),
        "decided": Look("info", "circle", "已审定"),
        "filing": Look("info", "half", "待备案"),
        "filed": Look("ok", "check", "已备案"),
        "returned": Look("warn", "arrow", "退回调整"),
    },
    "timeliness": {
        "not_due": Look("none", "ring", "未到期"),
        "on_time": Look("ok", "check", "按时"),
        "late": Look("warn", "triangle", "逾期上报"),
        "missing": Look("bad", "square", "未报"),
        "exempt": Look("none", "dash", "免报"),
    },
    "issue": {
        "assigned": Look("info", "circle", "已交办"),
        "rectifying": Look("warn", "triangle", "整改中"),
        "closing": Look("info", "half", "申请销号"),
        "closed": Look("ok", "check", "已销号"),
        "overdue": Look("bad", "square", "整改逾期"),
    },
    "procedure": {
        "not_applied": Look("none", "ring", "未申请"),
        "applied": Look("info", "circle", "已申请"),
        "accepted": Look("info", "half", "已受理"),
        "tolerant": Look("info", "half", "容缺受理"),
        "committed": Look("info", "half", "告知承诺"),
        "correcting": Look("warn", "triangle", "补正中"),
        "referred": Look("none", "arrow", "系统外单位办理"),
        "granted": Look("ok", "check", "准予"),
        "refused": Look("bad", "cross", "不予许可"),
        "not_accepted": Look("bad", "cross", "不予受理"),
        "withdrawn": Look("none", "dash", "已撤回"),
        "exempt": Look("ok", "dash", "免办"),
        "overdue": Look("bad", "square", "超时限"),
    },
    "confirmation": {
        "waiting": Look("warn", "triangle", "代录待确认"),
        "confirmed": Look("ok", "check", "已确认"),
        "disputed": Look("bad", "square", "有异议"),
    },
    "help": {
        "asked": Look("info", "circle", "待签收"),
        "signed": Look("info", "half", "办理中"),
        "answered": Look("warn", "arrow", "已办复待确认"),
        "resolved": Look("ok", "check", "已解决"),
        "withdrawn": Look("none", "dash", "已撤回"),
        "overdue": Look("bad", "square", "已超时"),
    },
    "help_mark": {
        "phone": Look("none", "diamond", "代登记"),
        "passed": Look("warn", "triangle", "来回转办"),
        "raised": Look("warn", "triangle", "已升级"),
    },
    "green": {"on": Look("ok", "diamond", "绿色通道")},
    "severity": {
        "minor": Look("none", "ring", "一般"),
        "major": Look("warn", "triangle", "较重"),
        "critical": Look("bad", "square", "重大"),
    },
    "construction": {
        "normal": Look("ok", "circle", "正常"),
        "winter": Look("info", "dash", "冬季停工"),
        "fire": Look("info", "dash", "防火期停工"),
        "other": Look("warn", "triangle", "其他停工"),
    },
    "asset": {
        "used": Look("ok", "circle", "在用"),
        "idle": Look("bad", "square", "闲置"),
    },
    "notice": {
        "running": Look("info", "half", "公示中"),
        "done": Look("ok", "check", "已满"),
        "short": Look("warn", "triangle", "天数不足"),
    },
    "target": {
        "unknown": Look("none", "ring", "未填实际值"),
        "reached": Look("ok", "check", "达到"),
        "missed": Look("warn", "triangle", "未达到"),
    },
    "ready": {
        "done": Look("ok", "check", "已具备"),
        "some": Look("info", "half", "部分具备"),
        "none": Look("warn", "ring", "未具备"),
    },
    "alike": {
        "same": Look("warn", "half", "疑似重复"),
        "split": Look("bad", "diamond", "疑似拆分"),
        "different": Look("none", "dash", "不同项目"),
    },
    "contract": {
        "tendering": Look("info", "half", "招标中"),
        "failed": Look("bad", "cross", "流标"),
        "voided": Look("bad", "cross", "废标"),
        "awarded": Look("info", "circle", "已中标"),
        "signed": Look("info", "circle", "已签约"),
        "performing": Look("info", "half", "履行中"),
        "settled": Look("ok", "check", "已结算"),
        "final": Look("ok", "check", "已决算"),
        "terminated": Look("none", "dash", "已解除"),
    },
    "check": {
        "must": Look("bad", "square", "强制"),
        "explain": Look("warn", "triangle", "核实"),
        "hint": Look("info", "ring", "提示"),
        "强制": Look("bad", "square", "强制"),
        "核实": Look("warn", "triangle", "核实"),
        "提示": Look("info", "ring", "提示"),
    },
    "job": {
        "queued": Look("none", "ring", "排队中"),
        "running": Look("info", "half", "进行中"),
        "checked": Look("warn", "triangle", "待确认"),
        "done": Look("ok", "check", "已完成"),
        "failed": Look("bad", "cross", "未完成"),
        "cancelled": Look("none", "dash", "已取消"),
    },
    "seat": {
        "live": Look("ok", "circle", "在岗"),
        "ahead": Look("none", "ring", "未到任"),
        "over": Look("none", "dash", "已离任"),
    },
    "import": {
        "asks": Look("warn", "half", "待说明"),
        "same": Look("none", "dash", "不用写入"),
        "undone": Look("none", "cross", "已撤销"),
    },
    "fresh": {
        "fresh": Look("ok", "check", "及时"),
        "late": Look("warn", "triangle", "已过期"),
        "never": Look("none", "dash", "还没有"),
    },
    "import_row": {
        "new": Look("info", "circle", "新增"),
        "changed": Look("warn", "triangle", "变更"),
        "unchanged": Look("none", "dash", "无变化"),
        "error": Look("bad", "square", "须改正"),
        "suspect": Look("warn", "half", "疑似重复"),
        "conflict": Look("bad", "half", "同号不同内容"),
        "gone": Look("warn", "ring", "来源中已不见"),
        "skipped": Look("none", "ring", "不是项目"),
    },
    "period": {
        "open": Look("info", "half", "填报中"),
        "closed": Look("none", "check", "已截止"),
        "rest": Look("none", "dash", "休周"),
    },
    "rollup": {
        "draft": Look("none", "ring", "编制中"),
        "issued": Look("ok", "check", "已定稿"),
        "superseded": Look("none", "dash", "已有新版"),
    },
    "cell": {
        "saved": Look("ok", "check", "已保存"),
        "saving": Look("info", "half", "保存中"),
        "error": Look("bad", "square", "须改正"),
        "explained": Look("warn", "triangle", "已说明"),
        "locked": Look("none", "dash", "已锁定"),
    },
}


def look(kind: str, value, word: str = "") -> Look:
    """The look of one stored value; an unknown value stays readable as `word` or as itself."""
    key = str(getattr(value, "value", value)).lower()
    found = LOOKS.get(kind, {}).get(key)
    if found is None:
        label = word or str(getattr(value, "label", "") or value or "—")
        return Look(UNKNOWN.tone, UNKNOWN.shape, label)
    return Look(found.tone, found.shape, word) if word else found
