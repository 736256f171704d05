"""The rectification ledger, first version (features 8.1, 8.2): an issue belongs to the ledger from its first posting."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from issues import states
from linkage.access import ScopeFields, scope
from linkage.models import DictionaryEntry, FundTask, Organisation, Region, Role, TransitionRow
from projects.models import Project


class Origin(models.TextChoices):
    WEEKLY = "weekly", "周调度"
    INSPECTION = "inspection", "督导检查"
    CONSULTATION = "consultation", "会商"
    BULLETIN = "bulletin", "通报"
    RECONCILIATION = "reconciliation", "对账"
    AUDIT = "audit", "审计"
    OTHER = "other", "其他"


FROM_ABOVE = (Origin.INSPECTION, Origin.CONSULTATION, Origin.BULLETIN, Origin.RECONCILIATION, Origin.AUDIT)


class Severity(models.TextChoices):
    MINOR = "minor", "一般"
    MAJOR = "major", "较重"
    CRITICAL = "critical", "重大"


class IssueState(models.TextChoices):
    ASSIGNED = "assigned", "已交办"
    RECTIFYING = "rectifying", "整改中"
    CLOSING = "closing", "申请销号"
    CLOSED = "closed", "已销号"


class IssueQuerySet(models.QuerySet):
    def visible_to(self, user):
        """By region and task, or where one's organisation leads the rectification."""
        from linkage.access import organisations_of

        return self.filter(scope(user, Issue.SCOPE) | Q(lead_id__in=organisations_of(user)))

    def open(self):
        return self.exclude(state=IssueState.CLOSED)

    def overdue(self, on):
        """Open beyond the last day of the term."""
        return self.open().filter(due_on__lt=on)

    def waiting_for(self, user):
        """Open issues whose next step is this person's: rectification for the unit's clerk and the leading organisation,
        the check of the result for the unit's chief and, for findings from above, the office; never one's own work."""
        from linkage.access import grants_of

        rectify, close = Q(pk__in=[]), Q(pk__in=[])
        for grant in grants_of(user):
            here = Q(unit__path__startswith=grant.region_path)
            if states.RECTIFY in grant.permissions:
                rectify |= here if grant.role == Role.COUNTY_CLERK else here & Q(lead_id=grant.organisation_id or 0)
            if states.CLOSE_RIGHT in grant.permissions:
                close |= here if grant.role == Role.COUNTY_CHIEF else here & Q(origin__in=FROM_ABOVE)
        return self.visible_to(user).filter(
            Q(state__in=[states.ASSIGNED, states.RECTIFYING]) & rectify | Q(state=states.CLOSING) & close & ~Q(rectified_by=user)
        )


class Issue(models.Model):
    """One finding until it is signed off. Its origin is kept as kind, label and address text; upper apps hold the link."""

    SCOPE = ScopeFields("unit__path", "task_id", "project__implementer_id", "project_id")

    code = models.CharField("编号", max_length=30, unique=True)
    title = models.CharField("问题", max_length=200)
    description = models.TextField("情况", blank=True)
    unit = models.ForeignKey(Region, models.PROTECT, related_name="issues", verbose_name="责任地区")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="issues", verbose_name="项目")
    task = models.ForeignKey(FundTask, models.PROTECT, null=True, blank=True, verbose_name="资金任务")
    origin = models.CharField("来源", max_length=16, choices=Origin.choices)
    origin_label = models.CharField("来源说明", max_length=120, blank=True)
    origin_url = models.CharField("来源链接", max_length=200, blank=True)
    cause = models.ForeignKey(DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原因")
    step = models.ForeignKey(DictionaryEntry, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="环节")
    lead = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="led_issues", verbose_name="牵头整改单位")
    severity = models.CharField("程度", max_length=8, choices=Severity.choices, default=Severity.MINOR)
    measures = models.TextField("整改措施", blank=True)
    responsible = models.CharField("责任人", max_length=40, blank=True)
    raised_on = models.DateField("发现日期")
    due_on = models.DateField("完成时限")
    state = models.CharField("状态", max_length=10, choices=IssueState.choices, default=IssueState.ASSIGNED)
    revision = models.PositiveIntegerField("修订号", default=0)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    rectified_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="整改人")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="销号人")
    closed_at = models.DateTimeField("销号时间", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")

    objects = IssueQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "问题"
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["unit", "state", "due_on"], name="issue_unit_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on__gte=F("raised_on")), name="issue_due_after_raised",
                violation_error_message="完成时限不能早于发现日期。",
            ),
            models.CheckConstraint(
                condition=(Q(state="closed") & Q(closed_by__isnull=False) & Q(closed_at__isnull=False))
                | (~Q(state="closed") & Q(closed_by__isnull=True) & Q(closed_at__isnull=True)),
                name="issue_closed_has_signer",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("rectified_by")), name="issue_closed_by_another",
                violation_error_message="整改人不能为自己整改的问题销号。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.code} {self.title}"

    def get_absolute_url(self):
        return f"/issues/{self.pk}/"

    @property
    def origin_words(self):
        """Where the finding came from: 周调度：第47期."""
        return f"{self.get_origin_display()}：{self.origin_label}" if self.origin_label else self.get_origin_display()

    @property
    def scope_path(self):
        return self.unit.path

    @property
    def scope_task_id(self):
        return self.task_id

    @property
    def scope_organisation_ids(self):
        """The body that leads the rectification acts on it whatever its task."""
        return (self.lead_id,)

    @property
    def scope_project_id(self):
        return self.project_id

    @property
    def scope_implementer_id(self):
        return self.project.implementer_id if self.project else None


class IssueTransition(TransitionRow):
    subject = models.ForeignKey(Issue, models.PROTECT, related_name="transitions", verbose_name="问题")

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "问题流转"


class IssueNote(models.Model):
    """整改进展: what has been done about an issue, by the week or in between. One per statement key."""

    issue = models.ForeignKey(Issue, models.PROTECT, related_name="notes", verbose_name="问题")
    text = models.TextField("整改进展")
    statement_key = models.CharField("来自", max_length=80, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "整改进展"
        ordering = ["issue_id", "at", "pk"]

    def __str__(self):
        return self.text[:40]
