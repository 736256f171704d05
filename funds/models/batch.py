"""Fund documents (批次) and how their money is allotted: prefecture → county → project (features 4.1).

What we decide is limited by the database: the running totals may not exceed the amount above them. A batch that
a higher body withdraws or reduces leaves a flagged over-allocation instead.
"""

from django.db import models
from django.db.models import Case, F, Q, Value, When

from linkage.access import ScopeFields, scope
from linkage.models import FundTask, Level, Region
from linkage.money import MoneyField
from projects.models import Project

HEADLINE_LEVELS = (Level.CENTRAL, Level.PROVINCIAL)


class BatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        """A batch is seen with breadth over its own region, or where money of it came into one's scope."""
        return self.filter(
            scope(user, Batch.SCOPE) | Q(pk__in=CountyAllocation.objects.visible_to(user).values("batch_id"))
        )

    def with_whole(self, user):
        """Adds `is_whole`: may the user read the document's own amounts? Others see only their share of it."""
        inside = Case(When(scope(user, Batch.SCOPE), then=Value(True)), default=Value(False), output_field=models.BooleanField())
        return self.annotate(is_whole=inside)


class Batch(models.Model):
    """One fund document. `region` is where the money arrives first: the prefecture, or a county for its own money."""

    SCOPE = ScopeFields("region__path", "task_id")

    level = models.CharField("资金层级", max_length=10, choices=Level.choices)
    task = models.ForeignKey(FundTask, models.PROTECT, related_name="batches", verbose_name="资金任务")
    fund_year = models.PositiveIntegerField("资金年度")
    document_no = models.CharField("文号", max_length=80)
    title = models.CharField("文件名称", max_length=200, blank=True)
    tracking_code = models.CharField("追踪标识", max_length=40, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="batches", verbose_name="接收地区")
    amount_yuan = MoneyField("下达金额")
    allocated_yuan = MoneyField("已分配", default=0)
    issued_on = models.DateField("发文日期")
    received_on = models.DateField("收到日期", null=True, blank=True)
    is_overallocated = models.BooleanField("超分配", default=False, help_text="上级收回或核减后，已分配大于下达")
    note = models.CharField("备注", max_length=200, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "资金批次"
        ordering = ["-fund_year", "level", "issued_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["document_no", "level", "task", "region"], name="batch_document_unique"),
            models.CheckConstraint(condition=Q(amount_yuan__gte=0), name="batch_amount_not_negative"),
            models.CheckConstraint(condition=Q(allocated_yuan__gte=0), name="batch_allocated_not_negative"),
            models.CheckConstraint(
                condition=Q(allocated_yuan__lte=F("amount_yuan")) | Q(is_overallocated=True),
                name="batch_not_overallocated", violation_error_message="分配合计不能超过批次下达金额。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.document_no

    @property
    def scope_path(self):
        return self.region.path

    @property
    def scope_task_id(self):
        return self.task_id


class CountyAllocationQuerySet(models.QuerySet):
    def visible_to(self, user):
        own = scope(user, CountyAllocation.SCOPE)
        return self.filter(own | Q(pk__in=Allocation.objects.visible_to(user).values("county_allocation_id")))


class CountyAllocation(models.Model):
    """Money of one batch given to one reporting unit; the denominator 下达到县."""

    SCOPE = ScopeFields("unit__path", "batch__task_id")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="county_allocations", verbose_name="批次")
    unit = models.ForeignKey(Region, models.PROTECT, related_name="county_allocations", verbose_name="县（市、区）")
    amount_yuan = MoneyField("分配金额")
    allocated_yuan = MoneyField("已安排到项目", default=0)
    issued_on = models.DateField("下达日期")
    document_no = models.CharField("下达文号", max_length=80, blank=True)
    is_overallocated = models.BooleanField("超安排", default=False)

    objects = CountyAllocationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "分县资金"
        ordering = ["batch_id", "unit__display_order"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "unit", "document_no"], name="county_allocation_unique"),
            models.CheckConstraint(condition=Q(amount_yuan__gte=0), name="county_allocation_not_negative"),
            models.CheckConstraint(condition=Q(allocated_yuan__gte=0), name="county_allocated_not_negative"),
            models.CheckConstraint(
                condition=Q(allocated_yuan__lte=F("amount_yuan")) | Q(is_overallocated=True),
                name="county_not_overallocated", violation_error_message="安排到项目的合计不能超过下达到县的金额。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.batch} {self.unit}"

    @property
    def scope_path(self):
        return self.unit.path

    @property
    def scope_task_id(self):
        return self.batch.task_id


class AllocationQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, Allocation.SCOPE))


class Allocation(models.Model):
    """Money of one batch for one project: batch × task × fund year × project. Weekly cells hang on it."""

    SCOPE = ScopeFields(
        "project__unit__path", "county_allocation__batch__task_id", "project__implementer_id", "project_id"
    )

    county_allocation = models.ForeignKey(
        CountyAllocation, models.PROTECT, related_name="allocations", verbose_name="分县资金"
    )
    project = models.ForeignKey(Project, models.PROTECT, related_name="allocations", verbose_name="项目")
    amount_yuan = MoneyField("安排金额")
    decided_on = models.DateField("安排日期")
    document_no = models.CharField("安排文号", max_length=80, blank=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目资金"
        ordering = ["project_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["county_allocation", "project"], name="allocation_unique"),
            models.CheckConstraint(condition=Q(amount_yuan__gte=0), name="allocation_not_negative"),
        ]

    def __str__(self):
        return f"{self.project} {self.county_allocation.batch}"

    @property
    def scope_path(self):
        return self.project.unit.path

    @property
    def scope_task_id(self):
        return self.county_allocation.batch.task_id
