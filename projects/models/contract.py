"""Contracts and their settlement (features 2.9): rounds of tender, price, shares of projects, terms of payment, changes.

A contract belongs to one reporting unit and may serve several of its projects (打捆). Each project's share is entered by a
person, never spread; the shares add up to the price, held by a running total on the contract.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, scope
from linkage.models import Region, TransitionRow
from linkage.money import MoneyField, RatioField
from projects.states import contract as states

from .project import Project


class ContractKind(models.TextChoices):
    """What is bought: decides from which amount on a tender is a must."""

    WORKS = "works", "施工"
    GOODS = "goods", "货物"
    SERVICES = "services", "服务（设计、监理、咨询）"


class PurchaseMethod(models.TextChoices):
    """招标（采购）方式."""

    OPEN_TENDER = "open_tender", "公开招标"
    INVITED_TENDER = "invited", "邀请招标"
    NEGOTIATION = "negotiation", "竞争性谈判"
    CONSULTATION = "consultation", "竞争性磋商"
    INQUIRY = "inquiry", "询价"
    SINGLE_SOURCE = "single", "单一来源"
    FRAMEWORK = "framework", "框架协议采购"
    DIRECT = "direct", "直接委托（限额以下）"
    RELIEF = "relief", "以工代赈（不招标）"


TENDERS = (PurchaseMethod.OPEN_TENDER, PurchaseMethod.INVITED_TENDER)


class ContractState(models.TextChoices):
    TENDERING = states.TENDERING, "招标中"
    FAILED = states.FAILED, "流标"
    VOIDED = states.VOIDED, "废标"
    AWARDED = states.AWARDED, "已中标"
    SIGNED = states.SIGNED, "已签约"
    PERFORMING = states.PERFORMING, "履行中"
    SETTLED = states.SETTLED, "已结算"
    FINAL = states.FINAL, "已决算"
    TERMINATED = states.TERMINATED, "已解除"


class RoundResult(models.TextChoices):
    OPEN = "open", "进行中"
    FAILED = "failed", "流标"
    VOIDED = "voided", "废标"
    AWARDED = "awarded", "中标（成交）"


class TermKind(models.TextChoices):
    """款项性质 of a term of payment; the same codes as those of a payment voucher."""

    ADVANCE = "advance", "预付款"
    PROGRESS = "progress", "进度款"
    FINAL = "final", "竣工结算款"
    RETENTION = "retention", "质保金"


class ContractQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Whoever reads everything of the unit, and whoever sees one of the projects it serves."""
        served = ContractShare.objects.filter(scope(user, ContractShare.SCOPE)).order_by().values("contract_id")
        return self.filter(scope(user, Contract.SCOPE) | Q(pk__in=served))

    def under_way(self):
        return self.filter(state__in=states.UNDER_WAY)

    def binding(self):
        """Signed, whatever became of them."""
        return self.filter(state__in=states.BINDING)


class Contract(models.Model):
    """One purchase from its first round to 竣工决算. `price_yuan` is the price now: 中标价 plus approved changes."""

    SCOPE = ScopeFields("unit__path")

    code = models.CharField("合同台账编号", max_length=30, unique=True)
    number = models.CharField("合同编号", max_length=60, blank=True)
    name = models.CharField("合同名称", max_length=200)
    unit = models.ForeignKey(Region, models.PROTECT, related_name="contracts", verbose_name="填报单位")
    projects = models.ManyToManyField(Project, through="ContractShare", related_name="contracts", verbose_name="项目")
    kind = models.CharField("采购内容", max_length=10, choices=ContractKind.choices, default=ContractKind.WORKS)
    method = models.CharField("采购方式", max_length=12, choices=PurchaseMethod.choices, default=PurchaseMethod.OPEN_TENDER)
    state = models.CharField("状态", max_length=12, choices=ContractState.choices, default=ContractState.TENDERING)
    agency = models.CharField("代理机构", max_length=120, blank=True)
    contractor = models.CharField("乙方", max_length=120, blank=True)
    control_price_yuan = MoneyField("控制价", null=True, blank=True)
    bid_price_yuan = MoneyField("中标价", null=True, blank=True)
    changed_yuan = MoneyField("变更金额", default=Decimal("0.00"))
    price_yuan = MoneyField("合同价", null=True, blank=True)
    shared_yuan = MoneyField("已分摊到项目", default=Decimal("0.00"))
    terms_ratio = RatioField("付款条款合计", default=Decimal("0.0000"))
    awarded_on = models.DateField("中标日期", null=True, blank=True)
    signed_on = models.DateField("签约日期", null=True, blank=True)
    start_on = models.DateField("合同开工（供货）日期", null=True, blank=True)
    finish_on = models.DateField("合同完工（到货）日期", null=True, blank=True)
    settled_yuan = MoneyField("结算审定价", null=True, blank=True)
    settled_on = models.DateField("审定日期", null=True, blank=True)
    final_yuan = MoneyField("竣工决算", null=True, blank=True)
    final_on = models.DateField("决算日期", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    created_at = models.DateTimeField("登记时间")
    updated_at = models.DateTimeField("更新时间")

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合同"
        ordering = ["unit__display_order", "-pk"]
        indexes = [models.Index(fields=["unit", "state"], name="contract_unit_state")]
        constraints = [
            models.CheckConstraint(
                condition=(Q(control_price_yuan__isnull=True) | Q(control_price_yuan__gt=0)) & (Q(bid_price_yuan__isnull=True) | Q(bid_price_yuan__gt=0)),
                name="contract_prices_positive", violation_error_message="控制价和中标价须大于零。",
            ),
            models.CheckConstraint(
                condition=Q(bid_price_yuan__isnull=True, price_yuan__isnull=True, changed_yuan=0)
                | Q(bid_price_yuan__isnull=False, price_yuan__gt=0, price_yuan=F("bid_price_yuan") + F("changed_yuan")),
                name="contract_price_is_bid_and_changes", violation_error_message="合同价须等于中标价加各次变更，且大于零。",
            ),
            models.CheckConstraint(
                condition=Q(price_yuan__isnull=True, shared_yuan=0) | Q(price_yuan__isnull=False, shared_yuan=F("price_yuan")),
                name="contract_shares_add_up", violation_error_message="各项目份额之和须等于合同价。",
            ),
            models.CheckConstraint(
                condition=Q(terms_ratio__gte=0) & Q(terms_ratio__lte=1), name="contract_terms_within_price",
                violation_error_message="付款条款的比例合计不能超过 100%。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.BEFORE_PRICE, bid_price_yuan__isnull=True)
                | Q(state__in=states.PRICED, bid_price_yuan__isnull=False, awarded_on__isnull=False) & ~Q(contractor=""),
                name="contract_awarded_has_price", violation_error_message="中标以后须有中标价、中标日期和乙方。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=states.BINDING) | Q(signed_on__isnull=False), name="contract_signed_has_day",
                violation_error_message="签约以后须有签约日期。",
            ),
            models.CheckConstraint(
                condition=Q(start_on__isnull=True) | Q(finish_on__isnull=True) | Q(finish_on__gte=F("start_on")), name="contract_term_order",
                violation_error_message="合同完工日期不能早于开工日期。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(states.SETTLED, states.FINAL), settled_yuan__gte=0, settled_on__isnull=False)
                | (~Q(state__in=(states.SETTLED, states.FINAL)) & Q(settled_yuan__isnull=True, settled_on__isnull=True)),
                name="contract_settled_has_amount", violation_error_message="结算须有审定价和审定日期。",
            ),
            models.CheckConstraint(
                condition=Q(state=states.FINAL, final_yuan__gte=0, final_on__isnull=False)
                | (~Q(state=states.FINAL) & Q(final_yuan__isnull=True, final_on__isnull=True)),
                name="contract_final_has_amount", violation_error_message="决算须有金额和日期。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/contracts/{self.pk}/"

    @property
    def tender_saving_yuan(self) -> Decimal | None:
        """招标结余 = 控制价 − 中标价, 元; None while one of them is not known. Negative when the bid lies above."""
        if self.control_price_yuan is None or self.bid_price_yuan is None:
            return None
        return self.control_price_yuan - self.bid_price_yuan

    @property
    def settlement_saving_yuan(self) -> Decimal | None:
        """结算结余 = 合同价 − 结算审定价, 元; None before settlement. Negative when more was settled than agreed."""
        if self.settled_yuan is None or self.price_yuan is None:
            return None
        return self.price_yuan - self.settled_yuan

    @property
    def payable_yuan(self) -> Decimal | None:
        """The most that may be paid under it: 结算审定价 once there is one, else the price now; None without a price."""
        return self.price_yuan if self.settled_yuan is None else self.settled_yuan

    @property
    def scope_path(self):
        return self.unit.path


class ContractShareQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The shares of projects in sight; whoever reads one task learns no other task's share."""
        return self.filter(scope(user, ContractShare.SCOPE))


class ContractShare(models.Model):
    """One project's part of a contract, 元; zero while there is no price."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="shares", verbose_name="合同")
    project = models.ForeignKey(Project, models.PROTECT, related_name="contract_shares", verbose_name="项目")
    share_yuan = MoneyField("份额", default=Decimal("0.00"))

    objects = ContractShareQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "合同项目份额"
        ordering = ["contract_id", "project_id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "project"], name="contract_share_once"),
            models.CheckConstraint(condition=Q(share_yuan__gte=0), name="contract_share_not_negative", violation_error_message="份额不能为负数。"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.contract} · {self.project}"


class TenderRound(models.Model):
    """One round of tender or purchase. A round that failed keeps its day and reason; the next has the next number."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="rounds", verbose_name="合同")
    number = models.PositiveSmallIntegerField("第几次")
    method = models.CharField("采购方式", max_length=12, choices=PurchaseMethod.choices)
    announced_on = models.DateField("公告日期")
    result = models.CharField("结果", max_length=8, choices=RoundResult.choices, default=RoundResult.OPEN)
    result_on = models.DateField("开标（结果）日期", null=True, blank=True)
    reason = models.CharField("流标、废标原因", max_length=300, blank=True)
    document = models.CharField("公告或通知书文号", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "招标轮次"
        ordering = ["contract_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="tender_round_number"),
            models.UniqueConstraint(fields=["contract"], condition=Q(result="open"), name="tender_round_one_open"),
            models.CheckConstraint(
                condition=Q(result="open", result_on__isnull=True) | (~Q(result="open") & Q(result_on__gte=F("announced_on"))),
                name="tender_round_result_day", violation_error_message="结果日期不能早于公告日期。",
            ),
            models.CheckConstraint(
                condition=~Q(result__in=["failed", "voided"]) | ~Q(reason=""), name="tender_round_failed_why",
                violation_error_message="流标、废标须写明原因。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"第{self.number}次"


class PaymentTerm(models.Model):
    """One term of payment: how much of the price, of which nature, when what is reached."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="terms", verbose_name="合同")
    number = models.PositiveSmallIntegerField("序号")
    kind = models.CharField("款项性质", max_length=10, choices=TermKind.choices)
    ratio = RatioField("比例")
    condition = models.CharField("付款条件", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "付款条款"
        ordering = ["contract_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="payment_term_number"),
            models.CheckConstraint(
                condition=Q(ratio__gt=0) & Q(ratio__lte=1), name="payment_term_ratio", violation_error_message="比例须大于 0，不超过 100%。"
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.get_kind_display()


class ContractChange(models.Model):
    """An approved 变更 of the amount or of the term; never altered afterwards, a further one corrects it."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="changes", verbose_name="合同")
    number = models.PositiveSmallIntegerField("第几次变更")
    amount_yuan = MoneyField("增减金额")
    finish_before_on = models.DateField("原完工日期", null=True, blank=True)
    finish_on = models.DateField("变更后完工日期", null=True, blank=True)
    reason = models.CharField("变更理由", max_length=300)
    document = models.CharField("批准文号", max_length=120)
    decided_on = models.DateField("批准日期")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "合同变更"
        ordering = ["contract_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="contract_change_number"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(document=""), name="contract_change_why", violation_error_message="变更须有理由和批准文号。"
            ),
            models.CheckConstraint(
                condition=~Q(amount_yuan=0) | Q(finish_on__isnull=False), name="contract_change_changes",
                violation_error_message="变更须写增减金额或变更后的完工日期。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"第{self.number}次变更"


class ContractTransition(TransitionRow):
    subject = models.ForeignKey(Contract, models.PROTECT, related_name="transitions", verbose_name="合同")

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "合同状态记录"
