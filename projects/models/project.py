"""The project library (features 2.1–2.3)."""

from django.db import models
from django.db.models import Q

from linkage.access import ScopeFields, scope
from linkage.models import DictionaryEntry, FundTask, Organisation, Region, TransitionRow
from linkage.money import MoneyField, RatioField
from projects.states import stage_word


class Method(models.TextChoices):
    """实施方式: decides stages, weekly columns and denominators."""

    WORKS = "works", "工程类"
    PURCHASE = "purchase", "采购类"
    GRANT = "grant", "到户补助、以奖代补"
    SUBSIDY = "subsidy", "贴息、保费、雨露计划、公益岗"
    TRAINING = "training", "培训"
    EQUITY = "equity", "资产入股、村集体经济"
    FEE = "fee", "项目管理费"


class Stage(models.TextChoices):
    PROPOSED = "proposed", "申报"
    SCREENED = "screened", "筛选"
    APPRAISED = "appraised", "论证"
    ADMITTED = "admitted", "审定入库"
    PLANNED = "planned", "列入年度计划"
    PREPARING = "preparing", "前期"
    STARTED = "started", "开工（实施）"
    FINISHED = "finished", "完工"
    ACCEPTED = "accepted", "验收"
    HANDED_OVER = "handed_over", "资产确权移交与管护"
    REMOVED = "removed", "出库"


# Stages in which a project is carried out with money and therefore appears in the weekly report.
RUNNING_STAGES = (Stage.PLANNED, Stage.PREPARING, Stage.STARTED, Stage.FINISHED, Stage.ACCEPTED, Stage.HANDED_OVER)


class ConstructionState(models.TextChoices):
    NORMAL = "normal", "正常"
    WINTER = "winter", "冬季停工"
    FIRE = "fire", "防火期停工"
    OTHER = "other", "其他停工"


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, Project.SCOPE))

    def running(self):
        return self.filter(stage__in=RUNNING_STAGES)

    def of_year(self, year):
        return self.filter(project_year=year)

    def counted(self):
        """Projects in the denominators of 开工率 and 完工率: everything but 项目管理费 (2.1)."""
        return self.exclude(method=Method.FEE)


class Project(models.Model):
    """One project of one reporting unit. `project_year` is the year of the plan, not the fund year of its money."""

    SCOPE = ScopeFields("unit__path", "task_id", "implementer_id", "pk")

    code = models.CharField("项目编号", max_length=30, unique=True)
    name = models.CharField("项目名称", max_length=200)
    unit = models.ForeignKey(Region, models.PROTECT, related_name="projects", verbose_name="填报单位")
    spans = models.ManyToManyField(Region, blank=True, related_name="spanned_projects", verbose_name="涉及地区")
    implementer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name="实施单位"
    )
    task = models.ForeignKey(FundTask, models.PROTECT, related_name="projects", verbose_name="资金任务")
    category = models.ForeignKey(
        DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目类别"
    )
    method = models.CharField("实施方式", max_length=10, choices=Method.choices)
    stage = models.CharField("阶段", max_length=12, choices=Stage.choices, default=Stage.PROPOSED)
    construction_state = models.CharField(
        "施工状态", max_length=8, choices=ConstructionState.choices, default=ConstructionState.NORMAL
    )
    restart_on = models.DateField("预计复工日期", null=True, blank=True)
    content = models.TextField("建设内容", blank=True)
    site = models.CharField("建设地点", max_length=200, blank=True)
    project_year = models.PositiveIntegerField("项目年度")
    planned_investment_yuan = MoneyField("计划投资")
    planned_start_on = models.DateField("计划开工", null=True, blank=True)
    planned_finish_on = models.DateField("计划完工", null=True, blank=True)
    # The four facts below are moved by projects.actions.post_progress only: the newest live statement.
    started_on = models.DateField("开工日期", null=True, blank=True)
    finished_on = models.DateField("完工日期", null=True, blank=True)
    accepted_on = models.DateField("验收日期", null=True, blank=True)
    physical_ratio = RatioField("形象进度", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    created_at = models.DateTimeField("登记时间")
    updated_at = models.DateTimeField("更新时间")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering = ["unit__display_order", "-project_year", "code"]
        indexes = [
            models.Index(fields=["unit", "project_year", "stage"], name="project_unit_year"),
            models.Index(fields=["task"], name="project_task"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_investment_yuan__gte=0), name="project_investment_not_negative",
                violation_error_message="计划投资不能为负数。",
            ),
            models.CheckConstraint(
                condition=Q(planned_start_on__isnull=True) | Q(planned_finish_on__isnull=True)
                | Q(planned_finish_on__gte=models.F("planned_start_on")),
                name="project_planned_order", violation_error_message="计划完工不能早于计划开工。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/projects/{self.pk}/"

    @property
    def stage_words(self):
        """The stage as this 实施方式 calls it: 发放 instead of 完工 for a grant."""
        return stage_word(self.method, self.stage, self.get_stage_display())

    @property
    def scope_path(self):
        return self.unit.path

    @property
    def scope_task_id(self):
        return self.task_id

    @property
    def scope_project_id(self):
        return self.pk

    @property
    def scope_implementer_id(self):
        return self.implementer_id


class ProjectTransition(TransitionRow):
    """One move. Who judged, on which day and in which file of the project, where the gate is a judgement (筛选、论证) or one was given."""

    subject = models.ForeignKey(Project, models.PROTECT, related_name="transitions", verbose_name="项目")
    judged_by = models.CharField("认定单位或会议", max_length=120, blank=True)
    judged_on = models.DateField("认定日期", null=True, blank=True)
    file = models.ForeignKey("projects.ProjectDocument", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="依据资料")

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "项目阶段记录"
