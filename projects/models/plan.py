"""The annual implementation plan of a county (features 2.4): versions, the projects in them, money by level."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, county_scope, scope
from linkage.models import FundTask, Level, Region, TransitionRow
from linkage.money import MoneyField
from projects.states import plans as states

from .project import Project


class PlanState(models.TextChoices):
    DRAFT = states.DRAFT, "编制中"
    DECIDING = states.DECIDING, "待审定"
    DECIDED = states.DECIDED, "已审定"
    FILING = states.FILING, "待备案"
    FILED = states.FILED, "已备案"
    RETURNED = states.RETURNED, "退回调整"


class PlanQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The unit's own desk reads every version, those above what has been sent up. Who sees some tasks only reads their rows."""
        sent = Q(state__in=states.FOR_ABOVE) & scope(user, AnnualPlan.SCOPE)
        return self.filter(sent | county_scope(user, AnnualPlan.SCOPE))

    def binding(self):
        """Decided by the county."""
        return self.filter(state__in=states.BINDING)

    def newest(self):
        """Of each unit and year the last version in the queryset."""
        later = self.filter(unit=models.OuterRef("unit"), year=models.OuterRef("year"), version__gt=models.OuterRef("version"))
        return self.filter(~models.Exists(later))


class AnnualPlan(models.Model):
    """Version n of a unit's plan of one year. From the decision on nothing in it changes; an adjustment is version n + 1."""

    SCOPE = ScopeFields("unit__path", region_suffices=True)

    unit = models.ForeignKey(Region, models.PROTECT, related_name="plans", verbose_name="填报单位")
    year = models.PositiveIntegerField("年度")
    version = models.PositiveIntegerField("版本")
    state = models.CharField("状态", max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="adjustments", verbose_name="所调整的版本")
    reason = models.CharField("调整理由", max_length=500, blank=True)
    note = models.CharField("资金说明", max_length=500, blank=True, help_text="列入的资金超过已下达资金时必填")
    document_no = models.CharField("审定文件文号", max_length=120, blank=True)
    decided_on = models.DateField("审定日期", null=True, blank=True)
    composed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="编制人")
    handed_in_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="提请人")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="审定登记人")
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="备案人")
    filed_at = models.DateTimeField("备案时间", null=True, blank=True)
    sha256 = models.CharField("内容散列", max_length=64, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    created_at = models.DateTimeField("建立时间")
    updated_at = models.DateTimeField("更新时间")

    objects = PlanQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "年度实施计划"
        ordering = ["-year", "unit__display_order", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "year", "version"], name="plan_version_unique"),
            models.UniqueConstraint(
                fields=["unit", "year"], condition=Q(state__in=states.OPEN), name="plan_one_open",
                violation_error_message="这个年度已有一版计划在编制或待审定。",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.OPEN) | Q(decided_on__isnull=False, decided_by__isnull=False) & ~Q(document_no="") & ~Q(sha256=""),
                name="plan_decided_by_document", violation_error_message="审定的计划须有文号、日期和登记人。",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("composed_by")) & ~Q(decided_by=F("handed_in_by")),
                name="plan_decided_by_another", violation_error_message="编制与审定须由两人分别办理。",
            ),
            models.CheckConstraint(
                condition=Q(state=states.FILED, filed_by__isnull=False, filed_at__isnull=False)
                | ~Q(state=states.FILED) & Q(filed_by__isnull=True, filed_at__isnull=True),
                name="plan_filed_by_somebody",
            ),
            models.CheckConstraint(condition=Q(version=1) | ~Q(reason=""), name="plan_adjusted_for_a_reason"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.unit.name}{self.year}年度实施计划" + (f"（第 {self.version} 版）" if self.version > 1 else "")

    def get_absolute_url(self):
        return f"/plans/{self.pk}/"

    @property
    def is_decided(self) -> bool:
        return self.state in states.BINDING

    @property
    def scope_path(self):
        return self.unit.path


class PlanTransition(TransitionRow):
    subject = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="transitions", verbose_name="计划")

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "年度计划流转"


class PlanItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, PlanItem.SCOPE))


class PlanItem(models.Model):
    """One project in one version. `facts` are its name, content, place … as decided; empty while the version is open."""

    SCOPE = ScopeFields("plan__unit__path", "task_id", "project__implementer_id", "project_id")

    plan = models.ForeignKey(AnnualPlan, models.PROTECT, related_name="items", verbose_name="计划")
    project = models.ForeignKey(Project, models.PROTECT, related_name="plan_items", verbose_name="项目")
    task = models.ForeignKey(FundTask, models.PROTECT, related_name="+", verbose_name="资金任务")
    facts = models.JSONField("审定时的内容", default=dict, blank=True)

    objects = PlanItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "计划项目"
        ordering = ["plan_id", "task__display_order", "project__code"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "project"], name="plan_item_once", violation_error_message="同一项目在计划中只列一次。")
        ]

    def __str__(self):
        return f"{self.plan} {self.project}"

    @property
    def amounts(self) -> dict[str, Decimal]:
        """Level → 元; from prefetched rows where they are."""
        return {row.level: row.amount_yuan for row in self.money.all()}


class PlanMoney(models.Model):
    """Money of one level for one project in one version; its task is the item's."""

    item = models.ForeignKey(PlanItem, models.CASCADE, related_name="money", verbose_name="计划项目")
    level = models.CharField("资金层级", max_length=10, choices=Level.choices)
    amount_yuan = MoneyField("计划资金")

    class Meta:
        verbose_name = verbose_name_plural = "计划资金"
        ordering = ["item_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "level"], name="plan_money_once"),
            models.CheckConstraint(condition=Q(amount_yuan__gt=0), name="plan_money_positive", violation_error_message="计划资金须大于零。"),
        ]

    def __str__(self):
        return f"{self.item} {self.get_level_display()}"
