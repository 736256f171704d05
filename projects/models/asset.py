"""Assets a project leaves behind (features 2.10; 资产确权移交与管护): whose they are, who looks after them, what they bring."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, scope
from linkage.money import MoneyField

from .project import Project


class AssetKind(models.TextChoices):
    OPERATING = "operating", "经营性资产"
    PUBLIC = "public", "公益性资产"
    HOUSEHOLD = "household", "到户类资产"


class OwnerKind(models.TextChoices):
    VILLAGE = "village", "村集体"
    TOWNSHIP = "township", "乡镇"
    COUNTY = "county", "县级单位"
    STATE = "state", "国有林场、农场"
    HOUSEHOLD = "household", "农户"


class AssetQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, Asset.SCOPE))

    def idle(self):
        return self.filter(idle_since__isnull=False)


class Asset(models.Model):
    """One asset of one project, recorded after acceptance. Household assets are counted, households are never named."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="assets", verbose_name="项目")
    name = models.CharField("资产名称", max_length=120)
    kind = models.CharField("资产类别", max_length=10, choices=AssetKind.choices)
    quantity = models.CharField("数量规格", max_length=120, blank=True)
    value_yuan = MoneyField("原值")
    owner_kind = models.CharField("权属类别", max_length=10, choices=OwnerKind.choices)
    owner = models.CharField("权属单位", max_length=120, blank=True)
    registered_on = models.DateField("确权登记日期", null=True, blank=True)
    registration = models.CharField("确权登记文件", max_length=120, blank=True)
    handed_over_on = models.DateField("移交日期", null=True, blank=True)
    hand_over_document = models.CharField("移交文件", max_length=120, blank=True)
    caretaker = models.CharField("管护单位或岗位", max_length=120, blank=True)
    idle_since = models.DateField("闲置起始日期", null=True, blank=True)
    idle_reason = models.CharField("闲置原因", max_length=200, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    created_at = models.DateTimeField("登记时间")
    updated_at = models.DateTimeField("更新时间")

    objects = AssetQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目资产"
        ordering = ["project_id", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(value_yuan__gte=0), name="asset_value_not_negative", violation_error_message="原值不能为负数。"),
            models.CheckConstraint(
                condition=Q(registered_on__isnull=True, registration="") | (Q(registered_on__isnull=False) & ~Q(registration="")),
                name="asset_registration_pair", violation_error_message="确权登记须同时填日期和文件。",
            ),
            models.CheckConstraint(
                condition=Q(handed_over_on__isnull=True, hand_over_document="") | (Q(handed_over_on__isnull=False) & ~Q(hand_over_document="")),
                name="asset_hand_over_pair", violation_error_message="移交须同时填日期和文件。",
            ),
            models.CheckConstraint(
                condition=Q(idle_since__isnull=True, idle_reason="") | (Q(idle_since__isnull=False) & ~Q(idle_reason="")),
                name="asset_idle_why", violation_error_message="标明闲置须同时填起始日期和原因。",
            ),
            models.CheckConstraint(
                condition=Q(kind="household") | ~Q(owner_kind="household"), name="asset_household_owner",
                violation_error_message="只有到户类资产可以归农户。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/assets/{self.pk}/"

    @property
    def scope_path(self):
        return self.project.unit.path

    @property
    def scope_task_id(self):
        return self.project.task_id

    @property
    def scope_project_id(self):
        return self.project_id

    @property
    def scope_implementer_id(self):
        return self.project.implementer_id


class AssetIncome(models.Model):
    """What one asset brought in a year, and how it was distributed, 元. What is not distributed stays with the owner."""

    asset = models.ForeignKey(Asset, models.PROTECT, related_name="incomes", verbose_name="资产")
    year = models.PositiveIntegerField("年度")
    income_yuan = MoneyField("收益")
    to_village_yuan = MoneyField("分配到村集体", default=Decimal("0.00"))
    to_households_yuan = MoneyField("分配到户", default=Decimal("0.00"))
    upkeep_yuan = MoneyField("管护支出", default=Decimal("0.00"))
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "资产收益"
        ordering = ["asset_id", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["asset", "year"], name="asset_income_once", violation_error_message="这一年度的收益已经登记。"),
            models.CheckConstraint(
                condition=Q(income_yuan__gte=0, to_village_yuan__gte=0, to_households_yuan__gte=0, upkeep_yuan__gte=0),
                name="asset_income_not_negative", violation_error_message="金额不能为负数。",
            ),
            models.CheckConstraint(
                condition=Q(income_yuan__gte=F("to_village_yuan") + F("to_households_yuan") + F("upkeep_yuan")), name="asset_income_distributed",
                violation_error_message="分配和管护支出之和不能超过收益。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.asset} {self.year}年"

    @property
    def left_yuan(self) -> Decimal:
        """Not yet distributed."""
        return self.income_yuan - self.to_village_yuan - self.to_households_yuan - self.upkeep_yuan
