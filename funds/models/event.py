"""What happens to money after it was given: dated events with their document, and the change each makes (features 4.1, 4.2).

The amounts of batches, county shares and allocations are what stands now. Each later change is a dated row, so that the
amount of an earlier day is the present one less what was changed after it (`funds.figures.changes`). Rows are never
altered: the database refuses it.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import NOTHING, ScopeFields, scope
from linkage.models import Region
from linkage.money import MoneyField, wan_text

from .batch import Allocation, Batch, CountyAllocation


class EventKind(models.TextChoices):
    """指标结转 moves nothing between rows: it says that what is left may be spent in the next year."""

    REDUCTION = "reduction", "上级核减"
    WITHDRAWAL = "withdrawal", "上级收回"
    TRANSFER = "transfer", "指标调剂"
    RECLAIM = "reclaim", "收回统筹"
    REISSUE = "reissue", "收回再分配"
    INCREASE = "increase", "追加安排"
    SURPLUS = "surplus", "结余收回"
    CARRY = "carry", "指标结转"
    CORRECTION = "correction", "登记更正"


class FundEventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Events that touched money in one's scope; 指标结转 of a unit in one's scope."""
        touched = FundChange.objects.visible_to(user).values("event_id")
        return self.filter(Q(pk__in=touched) | Q(kind=EventKind.CARRY) & scope(user, FundEvent.SCOPE))


class FundEvent(models.Model):
    """One act of a body on money that had been given. `region`: whose act it is (the prefecture, or a unit for its own projects).

    `amount_yuan` is what moved, always positive. `draws_on`: the 收回统筹 whose money a 收回再分配 gives out again.
    """

    SCOPE = ScopeFields("region__path")

    number = models.CharField("变动编号", max_length=40, unique=True)
    kind = models.CharField("种类", max_length=12, choices=EventKind.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="fund_events", verbose_name="办理地区")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="events", verbose_name="批次")
    amount_yuan = MoneyField("金额")
    effective_on = models.DateField("生效日期")
    document_no = models.CharField("依据文号", max_length=120, blank=True)
    reason = models.CharField("说明", max_length=200, blank=True)
    draws_on = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reissues", verbose_name="再分配的来源", db_index=False
    )
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人", db_index=False)
    recorded_at = models.DateTimeField("登记时间")

    objects = FundEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资金变动"
        ordering = ["-effective_on", "-pk"]
        indexes = [models.Index(fields=["draws_on"], condition=Q(draws_on__isnull=False), name="fund_event_reissues")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_yuan__gt=0), name="fund_event_amount_positive"),
            models.CheckConstraint(condition=Q(draws_on__isnull=True) | Q(kind="reissue"), name="fund_event_draws"),
            models.CheckConstraint(condition=Q(batch__isnull=False) | Q(kind="carry"), name="fund_event_batch"),
            models.CheckConstraint(
                condition=~Q(document_no="") | Q(kind__in=["reclaim", "increase", "transfer", "correction", "carry", "surplus"]),
                name="fund_event_document", violation_error_message="请写明依据文号。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.number


class FundChangeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A change is seen with the row it belongs to: a document's own with the whole document, the others by their unit."""
        return self.filter(self.of_scope(user))

    @staticmethod
    def of_scope(user):
        whole, share, project = (scope(user, fields) for fields in (FundChange.WHOLE, FundChange.SHARE, FundChange.PROJECT))
        return (
            Q(county_allocation__isnull=True) & whole | Q(county_allocation__isnull=False, allocation__isnull=True) & share
            | Q(allocation__isnull=False) & project | NOTHING
        )  # fmt: skip

    def of_shares(self):
        return self.filter(county_allocation__isnull=False, allocation__isnull=True)

    def of_allocations(self):
        return self.filter(allocation__isnull=False)


class FundChange(models.Model):
    """One amount changed by one event: of a batch, of a county's share of it, or of a project's part of that share.

    `amount_yuan` is signed, `after_yuan` what the row was left at; the row's own order of recording is the key's.
    """

    WHOLE = ScopeFields("batch__region__path", "batch__task_id")
    SHARE = ScopeFields("county_allocation__unit__path", "batch__task_id")
    PROJECT = ScopeFields("county_allocation__unit__path", "batch__task_id", "allocation__project__implementer_id", "allocation__project_id")

    event = models.ForeignKey(FundEvent, models.PROTECT, related_name="changes", verbose_name="资金变动")
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="changes", verbose_name="批次", db_index=False)
    county_allocation = models.ForeignKey(
        CountyAllocation, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name="分县资金", db_index=False
    )
    allocation = models.ForeignKey(
        Allocation, models.PROTECT, null=True, blank=True, related_name="changes", verbose_name="项目资金", db_index=False
    )
    amount_yuan = MoneyField("变动金额")
    after_yuan = MoneyField("变动后金额")
    effective_on = models.DateField("生效日期")
    recorded_at = models.DateTimeField("登记时间")

    objects = FundChangeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "金额变动"
        ordering = ["effective_on", "pk"]
        indexes = [
            models.Index(fields=["effective_on"], name="fund_change_day"),
            models.Index(fields=["batch", "effective_on"], name="fund_change_batch"),
            models.Index(fields=["county_allocation", "effective_on"], name="fund_change_share"),
            models.Index(fields=["allocation", "effective_on"], condition=Q(allocation__isnull=False), name="fund_change_allocation"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_yuan=0), name="fund_change_moves"),
            models.CheckConstraint(condition=Q(after_yuan__gte=0) & Q(after_yuan__gte=F("amount_yuan")), name="fund_change_not_negative"),
            models.CheckConstraint(
                condition=Q(allocation__isnull=True) | Q(county_allocation__isnull=False), name="fund_change_row"
            ),
        ]

    def __str__(self):
        return f"{self.event} {self.amount_yuan}"

    @property
    def before_yuan(self):
        return self.after_yuan - self.amount_yuan

    @property
    def whom(self) -> str:
        """Whose amount it is: the project's, the county's, the receiving region's."""
        if self.allocation_id:
            return self.allocation.project.name
        return self.county_allocation.unit.name if self.county_allocation_id else self.batch.region.name

    @property
    def words(self) -> str:
        """ "呼玛县 －30.00 万元"; both neighbours must be at hand."""
        return f"{self.whom} {'＋' if self.amount_yuan > 0 else '－'}{wan_text(abs(self.amount_yuan))} 万元"
