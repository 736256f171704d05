"""Working-day overrides and extra reporting periods (features 5.2)."""

from django.db import models
from django.db.models import F, Q


class CalendarDay(models.Model):
    """Overrides the State Council calendar for one day."""

    date = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否工作日")
    name = models.CharField("说明", max_length=60, blank=True)
    document = models.CharField("依据文件", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "工作日调整"
        ordering = ["date"]

    def __str__(self):
        return f"{self.date} {'上班' if self.is_workday else '放假'}"


class CalendarYear(models.Model):
    """The office has confirmed the working days of a year (set-up and each December)."""

    year = models.PositiveIntegerField("年份", unique=True)
    document = models.CharField("放假通知", max_length=120, blank=True)
    confirmed_at = models.DateTimeField("确认时间")

    class Meta:
        verbose_name = verbose_name_plural = "工作日历确认"
        ordering = ["year"]

    def __str__(self):
        return str(self.year)


class ExtraPeriod(models.Model):
    """A reporting period beside the weeks, such as the year-end close. `cutoff_on` is the last day counted."""

    key = models.CharField("期号", max_length=12, unique=True)
    title = models.CharField("名称", max_length=60)
    cutoff_on = models.DateField("数据截至")
    due_on = models.DateField("上报截止日")
    document = models.CharField("依据文件", max_length=120, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "加期"
        constraints = [models.CheckConstraint(condition=Q(due_on__gt=F("cutoff_on")), name="extra_period_order")]

    def __str__(self):
        return self.title
