"""Reporting periods as they were opened (features 5.1, 5.2)."""

from django.db import models
from django.db.models import F, Q

from linkage.models import Region


class PeriodKind(models.TextChoices):
    WEEK = "week", "周"
    EXTRA = "extra", "加期"


class PeriodQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self if user.is_authenticated else self.none()

    def reported(self):
        """Periods for which a report is due (no 休周)."""
        return self.filter(is_rest=False)


class Period(models.Model):
    """One period of dispatch. Cut-off, due time and rule versions are written when it opens and moved only by an act."""

    key = models.CharField("期号", max_length=12, unique=True)
    kind = models.CharField("种类", max_length=6, choices=PeriodKind.choices, default=PeriodKind.WEEK)
    title = models.CharField("名称", max_length=60)
    starts_on = models.DateField("数据起")
    ends_on = models.DateField("数据止")
    cutoff_at = models.DateTimeField("数据截至")
    due_at = models.DateTimeField("上报截止")
    is_rest = models.BooleanField("休周", default=False)
    opened_at = models.DateTimeField("开启时间")
    rules = models.JSONField("规则取值", default=dict)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "调度期"
        ordering = ["-cutoff_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(is_rest=True) | Q(due_at__gte=F("cutoff_at")), name="period_due_after_cutoff"),
        ]

    def __str__(self):
        return self.title

    @property
    def short_title(self) -> str:
        """ "2026年第47期": the title without its days."""
        return self.title.split("（")[0]


class DeadlineMove(models.Model):
    """An act that moves the due time of a period, for one unit or (unit empty) for all, with its document."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="deadline_moves", verbose_name="调度期")
    unit = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name="填报单位")
    due_at = models.DateTimeField("新的上报截止")
    document = models.CharField("依据文件", max_length=120)
    reason = models.CharField("理由", max_length=200, blank=True)
    by_name = models.CharField("操作人", max_length=40)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "截止调整"

    def __str__(self):
        return f"{self.period} {self.due_at}"
