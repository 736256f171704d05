"""The fund tasks (六项任务) and who leads each (features 1.2, 4.1). Names are data."""

from django.db import models

from .organisation import DatedQuerySet, Organisation, dated


class FundTask(models.Model):
    code = models.SlugField("代码", max_length=20, unique=True)
    name = models.CharField("任务全称", max_length=80)
    short_name = models.CharField("简称", max_length=20)
    display_order = models.PositiveIntegerField("排列顺序", default=0)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = verbose_name_plural = "资金任务"
        ordering = ["display_order", "pk"]

    def __str__(self):
        return self.short_name


class TaskLead(models.Model):
    """Which organisation leads which task, dated. A task without a lead is a gap shown to the office."""

    task = models.ForeignKey(FundTask, models.PROTECT, related_name="leads", verbose_name="任务")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="leads", verbose_name="牵头单位")
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    document = models.CharField("依据文件", max_length=120, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "任务牵头单位"
        constraints = [
            models.UniqueConstraint(fields=["task", "organisation", "since"], name="task_lead_unique"),
            models.CheckConstraint(condition=dated(), name="task_lead_dates"),
        ]

    def __str__(self):
        return f"{self.task}·{self.organisation}"
