"""What is said about a project's progress as of a day."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from linkage import periods
from linkage.access import ScopeFields, scope
from linkage.models import DictionaryEntry, Organisation
from linkage.money import MoneyField, RatioField

from .project import Method, Project


class ProgressFacts(models.Model):
    """The fields a county states about a project, whatever its 实施方式. A report line and a posted fact share them."""

    physical_ratio = RatioField("形象进度", null=True, blank=True, validators=[MinValueValidator(0), MaxValueValidator(1)])
    completed_investment_yuan = MoneyField("完成投资", null=True, blank=True)
    contract_signed_on = models.DateField("签约日期", null=True, blank=True)
    delivered_on = models.DateField("到货日期", null=True, blank=True)
    installed_on = models.DateField("安装完成日期", null=True, blank=True)
    publicised_on = models.DateField("公示日期", null=True, blank=True)
    households_declared = models.PositiveIntegerField("申报户数", null=True, blank=True)
    households_paid = models.PositiveIntegerField("发放户数", null=True, blank=True)
    batches_done = models.PositiveIntegerField("已办批次", null=True, blank=True)
    people_trained = models.PositiveIntegerField("培训人次", null=True, blank=True)
    started_on = models.DateField("开工日期", null=True, blank=True)
    finished_on = models.DateField("完工日期", null=True, blank=True)
    accepted_on = models.DateField("验收日期", null=True, blank=True)
    claimed_unpaid_yuan = MoneyField("已申请报账未支付", null=True, blank=True)
    step = models.ForeignKey(
        DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="当前环节"
    )
    holder = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办单位"
    )
    problem = models.TextField("存在问题", blank=True)
    measures = models.TextField("下步措施", blank=True)
    measures_due_on = models.DateField("措施时限", null=True, blank=True)
    coordination = models.TextField("需协调事项", blank=True)
    coordination_level = models.CharField("协调层级", max_length=12, blank=True, choices=[("county", "县级"), ("prefecture", "地区")])
    coordination_with = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="协调部门"
    )

    class Meta:
        abstract = True


FACT_FIELDS = tuple(f.name for f in ProgressFacts._meta.local_fields)

# Which progress columns a row of the weekly report asks for, by 实施方式 (features 2.1, 5.4). Non-construction
# projects are never asked for construction figures; 项目管理费 has no progress at all.
METHOD_COLUMNS: dict[str, tuple[str, ...]] = {
    Method.WORKS: ("physical_ratio", "completed_investment_yuan", "started_on", "finished_on", "accepted_on"),
    Method.PURCHASE: ("contract_signed_on", "delivered_on", "installed_on", "accepted_on", "completed_investment_yuan"),
    Method.GRANT: ("households_declared", "publicised_on", "households_paid", "accepted_on"),
    Method.SUBSIDY: ("batches_done", "households_paid"),
    Method.TRAINING: ("people_trained", "started_on", "finished_on"),
    Method.EQUITY: ("contract_signed_on", "completed_investment_yuan", "publicised_on"),
    Method.FEE: (),
}


class ProgressQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, Progress.SCOPE))

    def live(self):
        """Facts that stand: neither replaced by a later version nor withdrawn."""
        return self.filter(superseded_by__isnull=True, withdrawn_at__isnull=True)


class Progress(ProgressFacts):
    """One posted statement about a project as of a day; corrected by a successor, never changed."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    # db_index=False: the index "latest" begins with it, and sixty rows a signature are written into every index
    project = models.ForeignKey(Project, models.PROTECT, related_name="progress", verbose_name="项目", db_index=False)
    as_of = models.DateField("截至")
    known_at = models.DateTimeField("知悉时间")
    statement_key = models.CharField("来自", max_length=80, help_text="报告键，如 weekly/2026-W47/huma/v1")
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人", db_index=False
    )
    superseded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name="被更正为")
    withdrawn_at = models.DateTimeField("撤回时间", null=True, blank=True)
    withdrawn_reason = models.CharField("撤回理由", max_length=200, blank=True)

    objects = ProgressQuerySet.as_manager()

    @property
    def said_on(self):
        """The day up to which it speaks: its cut-off, or the day it was signed on when that came first."""
        return min(self.as_of, periods.day_of(self.known_at))

    class Meta:
        verbose_name = verbose_name_plural = "项目进度"
        ordering = ["project_id", "-as_of", "-pk"]
        indexes = [
            models.Index(fields=["project", "-as_of"], name="progress_latest"),
            models.Index(fields=["as_of"], name="progress_day"),  # one statement's rows, for its next version
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "as_of"],
                condition=Q(superseded_by__isnull=True, withdrawn_at__isnull=True),
                name="progress_one_live",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_reason=""), name="progress_withdrawn_why"
            ),
        ]

    def __str__(self):
        return f"{self.project} {self.as_of}"

    @classmethod
    def held_by(cls, organisation_ids):
        """Ids of projects of which one of these organisations is or was 承办单位 by a live statement (acting scope)."""
        return cls.objects.live().filter(holder__in=organisation_ids).order_by().values("project_id")
