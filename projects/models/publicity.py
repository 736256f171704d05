"""公示公告 and 绩效目标 of a project (features 2.8)."""

from decimal import Decimal

from django.core.validators import URLValidator
from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, scope
from linkage.money import BIGINT_MAX, ScaledIntegerField

from .project import Project


class NoticeKind(models.TextChoices):
    """What is made public, and when: 三公示一公告 as practice divides it."""

    LIBRARY = "library", "项目库公示"
    PLAN = "plan", "年度计划公告"
    PROJECT = "project", "实施前公示"
    COMPLETION = "completion", "完工公告"


class NoticePlace(models.TextChoices):
    WEBSITE = "website", "政府门户网站"
    TOWNSHIP = "township", "乡镇公开栏"
    VILLAGE = "village", "村务公开栏"
    SITE = "site", "实施地点公示牌"


class OfProjectQuerySet(models.QuerySet):
    """Rows of a project are seen by whoever sees the project."""

    def visible_to(self, user):
        return self.filter(scope(user, self.model.SCOPE))


class PublicNotice(models.Model):
    """One publication with its place and days. Too short a time is shown, never refused: it is what happened."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="notices", verbose_name="项目")
    kind = models.CharField("公示内容", max_length=12, choices=NoticeKind.choices)
    place = models.CharField("公示载体", max_length=10, choices=NoticePlace.choices)
    where = models.CharField("具体位置", max_length=200, blank=True)
    from_on = models.DateField("公示起")
    to_on = models.DateField("公示止", null=True, blank=True)
    url = models.CharField("证明链接", max_length=300, blank=True, validators=[URLValidator(schemes=["http", "https"])])
    document = models.CharField("文号或证明材料", max_length=120, blank=True)
    objections = models.CharField("异议及处理", max_length=300, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    updated_at = models.DateTimeField("更新时间")

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "公示公告"
        ordering = ["project_id", "from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True) | Q(to_on__gte=F("from_on")), name="notice_days", violation_error_message="公示止不能早于公示起。"
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.get_kind_display()}（{self.get_place_display()}）"

    def get_absolute_url(self):
        return f"/publicity/?project={self.project_id}"

    @property
    def scope_path(self):
        return self.project.unit.path


class QuantityField(ScaledIntegerField):
    """A quantity of an indicator with at most four decimals, exact on both engines."""

    description = "数量"
    places = 4
    limit = BIGINT_MAX
    internal_type = "BigIntegerField"
    too_precise = "数量最多 4 位小数。"


class TargetLevel(models.TextChoices):
    """一级指标 of the official form."""

    OUTPUT = "output", "产出指标"
    BENEFIT = "benefit", "效益指标"
    SATISFACTION = "satisfaction", "满意度指标"


class Operator(models.TextChoices):
    AT_LEAST = "ge", "≥"
    AT_MOST = "le", "≤"
    EXACTLY = "eq", "＝"


class PerformanceTarget(models.Model):
    """One indicator: operator, target and unit; the actual value once it is known."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="performance_targets", verbose_name="项目")
    level = models.CharField("一级指标", max_length=12, choices=TargetLevel.choices)
    name = models.CharField("指标", max_length=120)
    operator = models.CharField("符号", max_length=2, choices=Operator.choices, default=Operator.AT_LEAST)
    target = QuantityField("目标值")
    unit_name = models.CharField("计量单位", max_length=20, blank=True)
    actual = QuantityField("实际值", null=True, blank=True)
    actual_on = models.DateField("实际值日期", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    updated_at = models.DateTimeField("更新时间")

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "绩效目标"
        ordering = ["project_id", "level", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "level", "name"], name="performance_target_once", violation_error_message="这个项目已有同名的指标。"
            ),
            models.CheckConstraint(condition=Q(target__gte=0), name="performance_target_not_negative", violation_error_message="目标值不能为负数。"),
            models.CheckConstraint(
                condition=Q(actual__isnull=True, actual_on__isnull=True) | Q(actual__gte=0, actual_on__isnull=False), name="performance_actual_pair",
                violation_error_message="实际值须不小于零，并注明日期。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    @property
    def scope_path(self):
        return self.project.unit.path

    @property
    def completion_ratio(self) -> Decimal | None:
        """How far the target is reached, unrounded; None without an actual value or where nothing can be divided.

        ≥ (正向): actual ÷ target. ≤ (反向): target ÷ actual; an actual of 0 keeps any limit, 1. Both may exceed 1.
        ＝: 1 − |actual − target| ÷ target, not below 0.
        """
        if self.actual is None:
            return None
        if self.operator == Operator.AT_MOST:
            return self.target / self.actual if self.actual else Decimal(1)
        if not self.target:
            return None
        if self.operator == Operator.EXACTLY:
            return max(Decimal(0), 1 - abs(self.actual - self.target) / self.target)
        return self.actual / self.target

    @property
    def is_reached(self) -> bool | None:
        """None while no actual value is known."""
        if self.actual is None:
            return None
        return {"ge": self.actual >= self.target, "le": self.actual <= self.target, "eq": self.actual == self.target}[self.operator]
