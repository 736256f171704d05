"""The weekly report: its working copy (lines and cells) and its immutable versions (features 5.3–5.6).

Lines and cells are the county's draft and are seen by that county alone; what was handed in and signed is
`ReportVersion.content`, never changed again.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from funds.models import Allocation
from issues.models import Issue
from linkage.access import ScopeFields, county_scope, organisations_of, scope
from linkage.models import Organisation, Region, TransitionRow, Upload
from linkage.money import MoneyField
from projects.models import ProgressFacts, Project
from reports.states import ReportState

from .period import Period

USER = settings.AUTH_USER_MODEL


EDITABLE_STATES = (ReportState.DRAFT, ReportState.RETURNED)
NO_TASK = "尚无任务"  # why a unit without running projects is 免报; it owes its report as soon as it has one


class WeeklyReportQuerySet(models.QuerySet):
    def visible_to(self, user):
        """That a report exists and how it stands, not its draft content: see ReportLine and ReportVersion."""
        return self.filter(scope(user, WeeklyReport.SCOPE))


class WeeklyReport(models.Model):
    """One unit's report of one period. `revision` is raised by every child write; `version` is the last signed one."""

    SCOPE = ScopeFields("unit__path", region_suffices=True)

    period = models.ForeignKey(Period, models.PROTECT, related_name="reports", verbose_name="调度期")
    unit = models.ForeignKey(Region, models.PROTECT, related_name="weekly_reports", verbose_name="填报单位")
    state = models.CharField("状态", max_length=10, choices=ReportState.choices, default=ReportState.DRAFT)
    revision = models.PositiveIntegerField("修订号", default=0)
    version = models.PositiveIntegerField("已上报版本", default=0)
    due_at = models.DateTimeField("上报截止")
    return_due_at = models.DateTimeField("退改时限", null=True, blank=True)
    locks_at = models.DateTimeField("锁定时间")
    unlocked_until = models.DateTimeField("解锁至", null=True, blank=True)
    is_exempt = models.BooleanField("免报", default=False)
    exempt_reason = models.CharField("免报理由", max_length=200, blank=True)
    is_zero = models.BooleanField("零报告", default=False)
    first_submitted_at = models.DateTimeField("首次上报", null=True, blank=True)
    handed_in_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提交人")
    handed_in_at = models.DateTimeField("提交时间", null=True, blank=True)
    explanations = models.JSONField("核实说明", default=dict, help_text="问题键 → 说明")
    opened_at = models.DateTimeField("开启时间")
    first_edit_at = models.DateTimeField("开始填报", null=True, blank=True)

    objects = WeeklyReportQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "周调度报告"
        ordering = ["-period__cutoff_at", "unit__display_order"]
        constraints = [
            models.UniqueConstraint(fields=["period", "unit"], name="weekly_one_per_unit_and_period"),
            models.CheckConstraint(
                condition=~Q(state="signing") | (Q(handed_in_by__isnull=False) & Q(handed_in_at__isnull=False)),
                name="weekly_signing_has_hand_in",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "accepted"]) | Q(version__gte=1), name="weekly_submitted_has_version"
            ),
            models.CheckConstraint(condition=Q(is_exempt=False) | ~Q(exempt_reason=""), name="weekly_exempt_why"),
        ]

    def __str__(self):
        return f"{self.unit} {self.period.key}"

    @property
    def scope_path(self):
        return self.unit.path

    @property
    def key(self):
        return f"weekly/{self.period.key}/{self.unit.slug}"


class Section(models.TextChoices):
    """To which part of a year's dispatch a year belongs: the project year of a row, the fund year of its money."""

    CURRENT = "current", "本年项目"
    CARRYOVER = "carryover", "以前年度结转"
    ADVANCE = "advance", "提前下达"

    @classmethod
    def of(cls, year: int, present: int) -> "Section":
        """The one rule: the year of the cut-off day is this year, earlier ones are carried over, a later one is money
        issued in advance and counts from its own year on."""
        return cls.CURRENT if year == present else cls.CARRYOVER if year < present else cls.ADVANCE


class ReportLineQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Drafts are the county's own: only seats of the unit read them; a department also the rows dealt to it."""
        return self.filter(county_scope(user, ReportLine.SCOPE) | Q(assigned_to__in=organisations_of(user)))


class ReportLine(ProgressFacts):
    """One project's row of the working copy. `previous` holds what the last statement said, as prefilled."""

    SCOPE = ScopeFields("report__unit__path", "project__task_id")

    cell_list: "list[ReportCell]"  # where the reader prefetched them

    report = models.ForeignKey(WeeklyReport, models.PROTECT, related_name="lines", verbose_name="报告")
    project = models.ForeignKey(Project, models.PROTECT, related_name="report_lines", verbose_name="项目")
    section = models.CharField("部分", max_length=10, choices=Section.choices, default=Section.CURRENT)
    position = models.PositiveIntegerField("顺序", default=0)
    assigned_to = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="分给"
    )
    no_change = models.BooleanField("本期无变化", default=False)
    previous = models.JSONField("上期值", default=dict)
    updated_at = models.DateTimeField("保存时间", null=True, blank=True)
    updated_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="保存人")
    done_at = models.DateTimeField("填完时间", null=True, blank=True)
    done_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="填完人")

    objects = ReportLineQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告行"
        ordering = ["report_id", "section", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["report", "project"], name="report_line_unique")]

    def __str__(self):
        return f"{self.report} {self.project}"


class ReportCell(models.Model):
    """The cumulative spending of one allocation in the working copy. `previous_yuan` is the last signed value."""

    line = models.ForeignKey(ReportLine, models.CASCADE, related_name="cells", verbose_name="行")
    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="+", verbose_name="项目资金")
    paid_to_date_yuan = MoneyField("累计支出", null=True, blank=True)
    previous_yuan = MoneyField("上期累计", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "支出单元格"
        ordering = ["line_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["line", "allocation"], name="report_cell_unique"),
            models.CheckConstraint(
                condition=Q(paid_to_date_yuan__isnull=True) | Q(paid_to_date_yuan__gte=0), name="report_cell_not_negative",
                violation_error_message="累计支出不能为负数。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.line} {self.allocation_id}"


class ReportIssueNote(models.Model):
    """The week's 整改进展 on one open issue, in the working copy."""

    report = models.ForeignKey(WeeklyReport, models.CASCADE, related_name="issue_notes", verbose_name="报告")
    issue = models.ForeignKey(Issue, models.PROTECT, related_name="+", verbose_name="问题")
    text = models.TextField("整改进展", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "本期整改进展"
        constraints = [models.UniqueConstraint(fields=["report", "issue"], name="report_issue_note_unique")]

    def __str__(self):
        return f"{self.report} {self.issue}"


class ReportVersionQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The whole signed statement: the unit itself and those who see all tasks. Lead departments read it row by row."""
        return self.filter(scope(user, ReportVersion.SCOPE))


class ReportVersion(models.Model):
    """Version n as it was signed: content, totals and hash never change; only its fate (accepted, returned) is added."""

    SCOPE = ScopeFields("report__unit__path")

    report = models.ForeignKey(WeeklyReport, models.PROTECT, related_name="versions", verbose_name="报告")
    number = models.PositiveIntegerField("版本")
    content = models.JSONField("内容")
    totals = models.JSONField("合计")
    sha256 = models.CharField("内容散列", max_length=64)
    handed_in_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="填报人")
    handed_in_at = models.DateTimeField("提交审签时间")
    signed_by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="审签人")
    signed_at = models.DateTimeField("审签上报时间")
    signed_seat = models.CharField("审签岗位", max_length=200)
    is_unusable = models.BooleanField("实质不可用", default=False)
    unusable_reason = models.CharField("理由", max_length=200, blank=True)
    scan = models.ForeignKey(Upload, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="盖章扫描件")

    objects = ReportVersionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "报告版本"
        ordering = ["report_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "number"], name="report_version_unique"),
            models.CheckConstraint(
                condition=~Q(signed_by=F("handed_in_by")), name="report_version_two_persons",
                violation_error_message="填报人不能审签自己提交的报告。",
            ),
            models.CheckConstraint(condition=Q(is_unusable=False) | ~Q(unusable_reason=""), name="report_version_unusable_why"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.report} v{self.number}"


class Remark(models.Model):
    """One remark of the reviewer in one round, at a field (`place`), and what the county did about it."""

    report = models.ForeignKey(WeeklyReport, models.PROTECT, related_name="remarks", verbose_name="报告")
    round = models.PositiveIntegerField("轮次")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目")
    place = models.CharField("位置", max_length=60, blank=True, help_text="字段名，或 cell:<项目资金 id>")
    text = models.TextField("意见")
    by = models.ForeignKey(USER, models.PROTECT, related_name="+", verbose_name="提出人")
    at = models.DateTimeField("时间")
    resolved_at = models.DateTimeField("已改时间", null=True, blank=True)
    resolved_by = models.ForeignKey(USER, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="改正人")
    answer = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "审核意见"
        ordering = ["report_id", "round", "pk"]

    def __str__(self):
        return self.text[:40]


class WeeklyTransition(TransitionRow):
    subject = models.ForeignKey(WeeklyReport, models.PROTECT, related_name="transitions", verbose_name="报告")

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "周调度流转"


class RowDealing(models.Model):
    """Standing order: rows of this task in this unit are filled by that organisation (features 5.3)."""

    unit = models.ForeignKey(Region, models.PROTECT, related_name="row_dealings", verbose_name="填报单位")
    task = models.ForeignKey("linkage.FundTask", models.PROTECT, related_name="+", verbose_name="资金任务")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name="填报部门")

    class Meta:
        verbose_name = verbose_name_plural = "行分派"
        constraints = [models.UniqueConstraint(fields=["unit", "task"], name="row_dealing_unique")]

    def __str__(self):
        return f"{self.unit} {self.task} {self.organisation}"
