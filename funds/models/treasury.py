"""What comes from the treasury's files besides vouchers: which days a file covered, budget lines, what was matched before."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, scope
from linkage.models import Job, Region
from linkage.money import MoneyField

from .batch import Allocation


class FeedKind(models.TextChoices):
    PAYMENTS = "payments", "支付明细"
    QUOTAS = "quotas", "指标（预算下达）"


class TreasuryFeedQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, TreasuryFeed.SCOPE))

    def standing(self):
        return self.filter(undone_at__isnull=True)


class TreasuryFeed(models.Model):
    """What one file brought for one unit: from which day to which it covered, how many rows. Freshness rests on `last_on`."""

    SCOPE = ScopeFields("unit__path", region_suffices=True)

    job = models.ForeignKey(Job, models.PROTECT, related_name="treasury_feeds", verbose_name="导入")
    kind = models.CharField("种类", max_length=10, choices=FeedKind.choices)
    unit = models.ForeignKey(Region, models.PROTECT, related_name="treasury_feeds", verbose_name="填报单位")
    first_on = models.DateField("起始日")
    last_on = models.DateField("截止日")
    rows = models.PositiveIntegerField("行数")
    added = models.PositiveIntegerField("新增", default=0)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")
    undone_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = TreasuryFeedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "财政数据"
        ordering = ["-uploaded_at", "unit__display_order"]
        constraints = [
            models.UniqueConstraint(fields=["job", "unit"], name="treasury_feed_once"),
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="treasury_feed_days"),
        ]
        indexes = [models.Index(fields=["unit", "kind", "-last_on"], name="treasury_feed_fresh")]

    def __str__(self):
        return f"{self.unit} {self.get_kind_display()} {self.last_on}"


class MatchAnswer(models.TextChoices):
    ALLOCATION = "allocation", "对应到项目资金"
    SPLIT = "split", "一对多，逐笔拆分"
    NONE = "none", "不是衔接资金项目"


class TreasuryMatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, TreasuryMatch.SCOPE))


class TreasuryMatch(models.Model):
    """What a person said about payments of one 预算项目 under one 指标文号 in one unit: next week they match by themselves."""

    SCOPE = ScopeFields("unit__path", "allocation__county_allocation__batch__task_id", "allocation__project__implementer_id")

    unit = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="填报单位")
    budget_key = models.CharField("预算项目", max_length=80)
    quota_key = models.CharField("指标文号", max_length=80, blank=True)
    answer = models.CharField("认定", max_length=10, choices=MatchAnswer.choices)
    allocation = models.ForeignKey(Allocation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目资金")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="认定人")
    decided_at = models.DateTimeField("认定时间")

    objects = TreasuryMatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "对应记忆"
        ordering = ["unit_id", "budget_key"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "budget_key", "quota_key"], name="treasury_match_once"),
            models.CheckConstraint(
                condition=Q(answer="allocation", allocation__isnull=False) | (~Q(answer="allocation") & Q(allocation__isnull=True)),
                name="treasury_match_answer",
            ),
        ]

    def __str__(self):
        return f"{self.unit} {self.budget_key} {self.quota_key}".strip()


class BudgetLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, BudgetLine.SCOPE))

    def standing(self):
        return self.filter(gone_at__isnull=True)


class BudgetLine(models.Model):
    """One budget line (指标) of the treasury. A fact from outside: compared with our fund documents, never constrained by them."""

    SCOPE = ScopeFields("region__path", region_suffices=True)

    region = models.ForeignKey(Region, models.PROTECT, related_name="budget_lines", verbose_name="地区")
    key = models.CharField("行键", max_length=80)
    key_line = models.PositiveIntegerField("行号", default=1)
    detail_no = models.CharField("指标明细号", max_length=60, blank=True)
    document_no = models.CharField("指标文号", max_length=80, blank=True)
    upper_document_no = models.CharField("上级指标文号", max_length=80, blank=True)
    amount_yuan = MoneyField("指标金额")
    level_words = models.CharField("预算级次", max_length=40, blank=True)
    fund_words = models.CharField("资金性质", max_length=80, blank=True)
    agency = models.CharField("预算单位", max_length=120, blank=True)
    budget_project = models.CharField("支出项目", max_length=200, blank=True)
    summary = models.CharField("指标摘要", max_length=200, blank=True)
    issued_on = models.DateField("下达日期", null=True, blank=True)
    fund_year = models.PositiveIntegerField("预算年度", null=True, blank=True)
    flags = models.JSONField("疑点", default=list)
    known_at = models.DateTimeField("知悉时间")
    gone_at = models.DateTimeField("来源中已不见", null=True, blank=True)
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name="被更正为")

    objects = BudgetLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "指标"
        ordering = ["region_id", "document_no", "pk"]
        constraints = [models.UniqueConstraint(fields=["key", "key_line"], name="budget_line_once")]

    def __str__(self):
        return self.detail_no or self.document_no or self.key
