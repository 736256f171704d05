"""The end of a budget year (features 4.10): what is left of every allocation, what becomes of it, and the closed books."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funds import states
from linkage.access import NOTHING, ScopeFields, grants_of, scope
from linkage.models import Region, TransitionRow
from linkage.money import MoneyField

from .batch import Allocation
from .event import FundEvent


class ClosingState(models.TextChoices):
    PREPARING = states.PREPARING, "结算中"
    CLOSED = states.CLOSED, "已结账"
    REOPENING = states.REOPENING, "申请重新开账"


def above(path: str) -> list[str]:
    """The paths of a region and of all above it."""
    steps = path.rstrip("/").split("/")
    return ["/".join(steps[:length]) + "/" for length in range(1, len(steps) + 1)]


class YearClosingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Its state is for everybody with business below or above the region; amounts are in the rows, with their own scope."""
        condition = NOTHING
        for grant in grants_of(user):
            if grant.breadths:
                condition |= Q(region__path__startswith=grant.region_path) | Q(region__path__in=above(grant.region_path))
        return self.filter(condition)

    def locking(self, region_path: str):
        """Closed years whose books this region belongs to."""
        return self.filter(state__in=states.LOCKED, region__path__in=above(region_path))


class YearClosing(models.Model):
    """The books of one region and budget year. `round` counts how often they have been made up; a re-opening begins the next."""

    SCOPE = ScopeFields("region__path")

    region = models.ForeignKey(Region, models.PROTECT, related_name="year_closings", verbose_name="地区")
    year = models.PositiveIntegerField("年度")
    state = models.CharField("状态", max_length=10, choices=ClosingState.choices, default=ClosingState.PREPARING)
    round = models.PositiveIntegerField("第几次结算", default=1)
    totals = models.JSONField("结账时的合计", default=dict, blank=True)
    sha256 = models.CharField("内容散列", max_length=64, blank=True)
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="开始人")
    begun_at = models.DateTimeField("开始时间")
    computed_at = models.DateTimeField("余额计算时间", null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="结账人")
    closed_at = models.DateTimeField("结账时间", null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="申请开账人")
    revision = models.PositiveIntegerField("修订号", default=0)

    objects = YearClosingQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年终结算"
        ordering = ["-year", "region_id"]
        constraints = [
            models.UniqueConstraint(fields=["region", "year"], name="year_closing_unique"),
            models.CheckConstraint(
                condition=Q(state=states.PREPARING) | Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(sha256=""),
                name="year_closed_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(state=states.REOPENING) | Q(asked_by__isnull=False), name="year_reopening_asked"),
        ]

    def __str__(self):
        return f"{self.region.name}{self.year}年度"

    @property
    def scope_path(self):
        return self.region.path

    @property
    def is_locked(self) -> bool:
        return self.state in states.LOCKED


class ClosingTransition(TransitionRow):
    subject = models.ForeignKey(YearClosing, models.PROTECT, related_name="transitions", verbose_name="年终结算")

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "年终结算流转"


class CarryKind(models.TextChoices):
    CARRY = "carry", "结转"
    SURPLUS = "surplus", "结余"


class CarryDecisionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, CarryDecision.SCOPE))


class CarryDecision(models.Model):
    """What was left of one allocation on the last day of the year, and whether it goes on (结转) or back (结余).

    Arranged and paid in 元 as of 12-31, basis 财政口径. `is_overdue`: not spent in two years running, so 结余 by 预算法 42;
    going on all the same needs a document.
    """

    SCOPE = ScopeFields(
        "allocation__project__unit__path", "allocation__county_allocation__batch__task_id", "allocation__project__implementer_id",
        "allocation__project_id",
    )  # fmt: skip

    closing = models.ForeignKey(YearClosing, models.PROTECT, related_name="decisions", verbose_name="年终结算")
    round = models.PositiveIntegerField("第几次结算")
    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="carry_decisions", verbose_name="项目资金")
    arranged_yuan = MoneyField("安排金额")
    paid_yuan = MoneyField("累计支出")
    left_yuan = MoneyField("余额")
    is_overdue = models.BooleanField("连续两年未用完", default=False)
    proposed = models.CharField("建议", max_length=8, choices=CarryKind.choices)
    kind = models.CharField("处理", max_length=8, choices=CarryKind.choices, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    document_no = models.CharField("依据文号", max_length=120, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    event = models.ForeignKey(FundEvent, models.PROTECT, null=True, blank=True, related_name="decisions", verbose_name="资金变动")

    objects = CarryDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "结转结余"
        ordering = ["closing_id", "allocation_id", "round"]
        constraints = [
            models.UniqueConstraint(fields=["closing", "round", "allocation"], name="carry_decision_unique"),
            models.CheckConstraint(condition=Q(left_yuan=F("arranged_yuan") - F("paid_yuan")), name="carry_left_is_difference"),
            models.CheckConstraint(condition=Q(kind="") | Q(left_yuan__gt=0), name="carry_only_what_is_left"),
            models.CheckConstraint(condition=Q(kind="") | Q(decided_by__isnull=False, decided_at__isnull=False), name="carry_decided_by_somebody"),
            models.CheckConstraint(
                condition=~Q(kind="carry", is_overdue=True) | ~Q(document_no=""), name="carry_after_two_years_by_document",
                violation_error_message="连续两年未用完的资金按结余处理；确需继续结转的须写明依据文号。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.closing.year} {self.allocation}"

    @property
    def scope_path(self):
        return self.allocation.project.unit.path
