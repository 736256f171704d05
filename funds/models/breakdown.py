"""目标任务分解表: what each county has to reach by when, in versions resting on a document (features 4.9)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from linkage.models import FundTask, Region
from linkage.money import RatioField

from .target import Measure

USER = settings.AUTH_USER_MODEL
BREAKDOWN_MEASURES = (Measure.SPENDING, Measure.STARTED, Measure.FINISHED, Measure.ACCEPTED, Measure.INDUSTRY, Measure.PERFORMANCE)


class BreakdownQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Issued sheets are read by everyone who may log in; a draft by the office, which the pages ask for."""
        return self if user.is_authenticated else self.none()

    def issued(self):
        return self.filter(issued_at__isnull=False)


class Breakdown(models.Model):
    """One version of one year. A draft may be changed; an issued one never: the next version replaces it from its day on."""

    year = models.PositiveIntegerField("年度")
    version = models.PositiveIntegerField("版本")
    document_no = models.CharField("依据文件", max_length=120, blank=True)
    decided_on = models.DateField("印发日期", null=True, blank=True)
    reason = models.CharField("调整理由", max_length=200, blank=True)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="编制人")
    created_at = models.DateTimeField("编制时间")
    issued_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="印发登记人")
    issued_at = models.DateTimeField("登记印发时间", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)

    objects = BreakdownQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "目标任务分解表"
        ordering = ["-year", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["year", "version"], name="breakdown_version_unique"),
            models.UniqueConstraint(
                fields=["year"], condition=Q(issued_at__isnull=True), name="breakdown_one_draft",
                violation_error_message="这个年度已有一版分解表在编制。",
            ),
            models.CheckConstraint(
                condition=Q(issued_at__isnull=True, issued_by__isnull=True)
                | Q(issued_at__isnull=False, issued_by__isnull=False, decided_on__isnull=False) & ~Q(document_no=""),
                name="breakdown_issued_by_document", violation_error_message="印发的分解表须有文号、日期和登记人。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.year}年目标任务分解表第{self.version}版"

    def get_absolute_url(self):
        return f"/funds/breakdowns/{self.pk}/"

    @property
    def is_draft(self) -> bool:
        return self.issued_at is None


class BreakdownCell(models.Model):
    """One target of one unit. Empty task = all tasks; the document is the sheet's unless the cell names its own."""

    sheet = models.ForeignKey(Breakdown, models.CASCADE, related_name="cells", verbose_name="分解表")
    unit = models.ForeignKey(Region, models.PROTECT, related_name="breakdown_cells", verbose_name="县（市、区）")
    task = models.ForeignKey(FundTask, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="资金任务")
    measure = models.CharField("指标", max_length=12, choices=[(m.value, m.label) for m in BREAKDOWN_MEASURES])
    due_on = models.DateField("完成时限")
    target_ratio = RatioField("目标")
    document_no = models.CharField("依据文件", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "分解目标"
        ordering = ["unit__display_order", "task__display_order", "measure", "due_on"]
        constraints = [
            models.UniqueConstraint("sheet", "unit", Coalesce("task", 0), "measure", "due_on", name="breakdown_cell_unique"),
            models.CheckConstraint(
                condition=Q(target_ratio__gte=0) & Q(target_ratio__lte=1), name="breakdown_ratio_range",
                violation_error_message="目标须在 0 与 100% 之间。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.unit} {self.get_measure_display()} {self.due_on}"
