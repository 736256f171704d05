"""Dated targets from the nation and the province (features 4.3)."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from linkage.models import FundTask, Region
from linkage.money import RatioField

from .batch import Level


class Measure(models.TextChoices):
    SPENDING = "spending", "支出进度"
    STARTED = "started", "开工率"
    FINISHED = "finished", "完工率"
    ACCEPTED = "accepted", "验收率"
    ARRANGED = "arranged", "分配进度"
    GRANTED = "granted", "拨付率"
    INVESTED = "invested", "投资完成率"
    INDUSTRY = "industry", "产业占比"
    PERFORMANCE = "performance", "绩效目标完成率"


class Denominator(models.TextChoices):
    """What a measure of money is divided by."""

    ISSUED = "issued", "下达到县"
    SETTLED = "settled", "下达到县（不含新到）"


class TargetNodeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Targets are published: everyone who may log in reads them."""
        return self if user.is_authenticated else self.none()


class TargetNode(models.Model):
    """By `due_on` the measure shall have reached `target_ratio`. Empty level or task means all; empty level = 中央+省."""

    fund_year = models.PositiveIntegerField("资金年度")
    measure = models.CharField("指标", max_length=12, choices=Measure.choices, default=Measure.SPENDING)
    denominator = models.CharField("分母", max_length=8, choices=Denominator.choices, default=Denominator.ISSUED)
    level = models.CharField("资金层级", max_length=10, choices=Level.choices, blank=True)
    task = models.ForeignKey(FundTask, models.PROTECT, null=True, blank=True, verbose_name="资金任务")
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name="适用地区")
    due_on = models.DateField("节点日期")
    target_ratio = RatioField("目标")
    document_no = models.CharField("依据文件", max_length=120, blank=True)
    is_verified = models.BooleanField("已核对", default=False)
    revision = models.PositiveIntegerField("修订号", default=0)

    objects = TargetNodeQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "支出节点"
        ordering = ["fund_year", "due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(target_ratio__gte=0) & Q(target_ratio__lte=1), name="target_ratio_range",
                violation_error_message="目标须在 0 与 100% 之间。",
            ),
            models.UniqueConstraint(  # Coalesce: an empty task or region is a value, not an unknown
                "fund_year", "measure", "level", Coalesce("task", 0), Coalesce("region", 0), "due_on", name="target_node_unique",
                violation_error_message="同一年度、指标、层级、任务、地区、日期的节点已存在。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.fund_year} {self.get_measure_display()} {self.due_on}"
