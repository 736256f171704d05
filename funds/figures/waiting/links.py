"""The links a yuan passes on its way from the fund document to the payment, in order, and the residuals at the end."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class Link(models.TextChoices):
    """所处环节. The last three are named residuals: money that is not on its way to a payment of this year."""

    ISSUE = "issue", "下达（未分配到县）"
    COUNTY = "county", "县级分配（未安排到项目）"
    MATCHING = "matching", "项目匹配"
    PROCEDURE = "procedure", "前期手续"
    START = "start", "待开工"
    CONSTRUCTION = "construction", "施工未到付款节点"
    CLAIM = "claim", "已完成未报账"
    REVIEW = "review", "主管部门审核"
    TREASURY = "treasury", "财政审核、库款"
    RETENTION = "retention", "质保金"
    SURPLUS = "surplus", "招标结余待收回"
    UNSPENDABLE = "unspendable", "无法支出"


SHORT: dict[str, str] = {
    Link.ISSUE: "下达", Link.COUNTY: "县级分配", Link.CONSTRUCTION: "施工", Link.CLAIM: "未报账", Link.REVIEW: "部门审核", Link.TREASURY: "财政审核",
    Link.SURPLUS: "招标结余",
}  # fmt: skip
RESIDUALS = (Link.RETENTION, Link.SURPLUS, Link.UNSPENDABLE)

# How each link is derived, for the page's own explanation: link → (which events, whose turn it is).
MEANING: dict[str, str] = {
    Link.ISSUE: "资金文件已下达，还没有分配到县：自发文之日起",
    Link.COUNTY: "已下达到县，还没有安排到项目：自下达到县之日起",
    Link.MATCHING: "已安排到项目，项目还没有列入年度计划：自安排之日起",
    Link.PROCEDURE: "付款前须办的手续还没有办齐：自列入年度计划（资金晚到的自安排）之日起",
    Link.START: "手续已办齐，还没有开工（签约、公示、开班）：自最后一项手续办结之日起",
    Link.CONSTRUCTION: "已开工，按合同付款条款（没有合同条款的按完成投资）还没有到付款节点：自开工之日起",
    Link.CLAIM: "按合同条款或完成投资应付，还没有申请报账",
    Link.REVIEW: "已签周报填报的“已申请报账未支付”，在主管部门审核",
    Link.TREASURY: "已申请报账未支付，周报写明在财政审核，或本县不设主管部门审核",
    Link.RETENTION: "完工以后按合同条款留存的质保金",
    Link.SURPLUS: "中标价低于控制价、审定价低于合同价的部分，以及结算后不再支付的余额",
    Link.UNSPENDABLE: "项目已出库，或已签周报写明无法支出",
}  # fmt: skip


@dataclass(frozen=True)
class Route:
    """Which 报账 steps a county has. A step that is off hands its money to the next one that is on; 财政 is always on."""

    claim: bool = True
    review: bool = True

    def next_of(self, link: Link) -> Link:
        if link == Link.CLAIM and not self.claim:
            return self.next_of(Link.REVIEW)
        if link == Link.REVIEW and not self.review:
            return Link.TREASURY
        return link


ALL_STEPS = Route()
