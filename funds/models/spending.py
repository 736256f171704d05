"""Paid money, three kinds, never summed with each other (features 4.2): vouchers and the county's statement."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, scope
from linkage.models import Region
from linkage.money import MoneyField
from projects.models import Project

from .batch import Allocation


class OpeningBalance(models.Model):
    """期初数: what had been paid on an allocation before this system began to count."""

    SCOPE = ScopeFields("allocation__project__unit__path", "allocation__county_allocation__batch__task_id")

    allocation = models.OneToOneField(Allocation, models.PROTECT, related_name="opening", verbose_name="项目资金")
    as_of = models.DateField("截至")
    paid_to_date_yuan = MoneyField("期初累计支出")
    document_no = models.CharField("依据", max_length=120, blank=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    posted_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "期初数"
        constraints = [models.CheckConstraint(condition=Q(paid_to_date_yuan__gte=0), name="opening_not_negative")]

    def __str__(self):
        return f"{self.allocation} {self.as_of}"


class ReportedSpendingQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, ReportedSpending.SCOPE))

    def live(self):
        return self.filter(superseded_by__isnull=True, withdrawn_at__isnull=True)


class ReportedSpending(models.Model):
    """The county's signed cumulative statement per allocation as of a cut-off. Basis 周报口径 (channel county).

    Never refused when it is true: above the allocated amount it is stored and flagged.
    """

    SCOPE = ScopeFields(
        "allocation__project__unit__path", "allocation__county_allocation__batch__task_id",
        "allocation__project__implementer_id",
    )  # fmt: skip

    # db_index=False: the index "latest" begins with it, and seventy rows a signature are written into every index
    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="statements", verbose_name="项目资金", db_index=False)
    as_of = models.DateField("截至")
    paid_to_date_yuan = MoneyField("累计支出")
    known_at = models.DateTimeField("知悉时间")
    statement_key = models.CharField("来自", max_length=80)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人", db_index=False
    )
    is_above_allocated = models.BooleanField("超过安排金额", default=False)
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name="被更正为")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回理由", max_length=200, blank=True)

    objects = ReportedSpendingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "上报支出"
        ordering = ["allocation_id", "-as_of", "-pk"]
        indexes = [
            models.Index(fields=["allocation", "-as_of"], name="spending_latest"),
            models.Index(fields=["as_of"], name="spending_day"),  # one statement's rows, for its next version
        ]
        constraints = [
            models.CheckConstraint(condition=Q(paid_to_date_yuan__gte=0), name="spending_not_negative"),
            models.UniqueConstraint(
                fields=["allocation", "as_of"],
                condition=Q(superseded_by__isnull=True, withdrawn_at__isnull=True),
                name="spending_one_live",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""), name="spending_withdrawn_why"
            ),
        ]

    def __str__(self):
        return f"{self.allocation} {self.as_of}"


class VoucherKind(models.TextChoices):
    """核拨 is money the treasury hands to a unit, not yet paid out; only 支付, 退款 and 更正 make up paid money."""

    ISSUE = "issue", "核拨"
    PAY = "pay", "支付"
    REFUND = "refund", "退款"
    CORRECTION = "correction", "更正（冲减）"


class PaymentNature(models.TextChoices):
    ADVANCE = "advance", "预付款"
    PROGRESS = "progress", "进度款"
    FINAL = "final", "竣工结算款"
    RETENTION = "retention", "质保金"
    GRANT = "grant", "补助发放"
    FEE = "fee", "管理费"


class VoucherChannel(models.TextChoices):
    HAND = "hand", "手工登记"
    TREASURY = "treasury", "财政预算管理一体化系统"


class VoucherQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, Voucher.SCOPE))

    def present(self):
        """Rows that still stand in their source (not gone from a later export, not taken back), split ones among them."""
        return self.filter(gone_at__isnull=True)

    def standing(self):
        """Rows that count: present, and of a split row its parts instead of the row itself."""
        return self.filter(gone_at__isnull=True, is_split=False)


class Voucher(models.Model):
    """One payment line of the treasury or finance. Basis 财政口径.

    The amount is positive; refunds and corrections are kinds and name in `refers_to` what they give back. `paid_on` is the
    date of payment, `known_at` when we learnt of it. Without allocation it waits to be matched and counts for its unit only.

    A person may split one row over several projects: the row stays as it came, marked `is_split`, and counts no more; its
    parts (`split_from`) count instead and make up its amount to the 分 (`split_yuan`, held by a CHECK).
    """

    SCOPE = ScopeFields("unit__path", "allocation__county_allocation__batch__task_id", "project__implementer_id")

    unit = models.ForeignKey(Region, models.PROTECT, related_name="vouchers", verbose_name="填报单位")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="vouchers", verbose_name="项目")
    allocation = models.ForeignKey(
        Allocation, models.PROTECT, null=True, blank=True, related_name="vouchers", verbose_name="项目资金"
    )
    kind = models.CharField("种类", max_length=10, choices=VoucherKind.choices, default=VoucherKind.PAY)
    nature = models.CharField("款项性质", max_length=10, choices=PaymentNature.choices, blank=True)
    amount_yuan = MoneyField("金额")
    paid_on = models.DateField("支付日期")
    known_at = models.DateTimeField("知悉时间")
    voucher_no = models.CharField("支付凭证号", max_length=60, blank=True)
    application_no = models.CharField("支付申请号", max_length=60, blank=True)
    channel = models.CharField("来源", max_length=10, choices=VoucherChannel.choices, default=VoucherChannel.HAND)
    key = models.CharField("行键", max_length=80)
    key_line = models.PositiveIntegerField("行号", default=1)
    payee_masked = models.CharField("收款方", max_length=80, blank=True)
    purpose = models.CharField("用途", max_length=200, blank=True)
    budget_project = models.CharField("预算项目", max_length=200, blank=True)
    quota_no = models.CharField("指标文号", max_length=80, blank=True)
    budget_code = models.CharField("预算项目编码", max_length=60, blank=True)
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name="被更正为", db_index=False
    )
    refers_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="returns", verbose_name="冲减的凭证", db_index=False
    )
    split_from = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name="拆分自", db_index=False
    )
    is_split = models.BooleanField("已拆分", default=False, help_text="按拆分后的各笔计入，本行不再计入")
    split_yuan = MoneyField("拆分合计", default=0)
    flags = models.JSONField("疑点", default=list)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    gone_at = models.DateTimeField("来源中已不见", null=True, blank=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "支付凭证"
        ordering = ["-paid_on", "-pk"]
        indexes = [
            models.Index(fields=["allocation", "paid_on"], name="voucher_allocation"),
            models.Index(fields=["unit", "paid_on"], name="voucher_unit"),
            # few rows have one of these; the many others are not written into it
            models.Index(fields=["split_from"], condition=Q(split_from__isnull=False), name="voucher_parts"),
            models.Index(fields=["refers_to"], condition=Q(refers_to__isnull=False), name="voucher_returns"),
            models.Index(fields=["unit", "budget_project"], condition=Q(is_split=True), name="voucher_split_before"),
            models.Index(fields=["unit", "quota_no", "budget_project"], condition=Q(allocation__isnull=True), name="voucher_unmatched"),
            models.Index(fields=["superseded_by"], condition=Q(superseded_by__isnull=False), name="voucher_superseded"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_yuan__gt=0), name="voucher_amount_positive",
                violation_error_message="金额须大于零；退款、更正请用对应的种类登记。",
            ),
            models.UniqueConstraint(fields=["channel", "key", "key_line"], name="voucher_key_unique"),
            models.CheckConstraint(
                condition=Q(allocation__isnull=True) | Q(project__isnull=False), name="voucher_allocation_has_project"
            ),
            models.CheckConstraint(
                condition=Q(is_split=False, split_yuan=0) | Q(is_split=True, split_yuan=F("amount_yuan")), name="voucher_split_whole",
                violation_error_message="拆分后各笔之和须等于凭证金额。",
            ),
            models.CheckConstraint(condition=Q(split_from__isnull=True) | Q(is_split=False), name="voucher_part_not_split"),
            models.CheckConstraint(
                condition=Q(refers_to__isnull=True) | Q(kind__in=["refund", "correction"]), name="voucher_refers_back",
                violation_error_message="只有退款、更正可以写明冲减的凭证。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.voucher_no or self.application_no or self.key

    @property
    def scope_path(self):
        return self.unit.path
