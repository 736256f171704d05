"""提请协调 (features 1.5; 二(一), 三(二)): a problem that a project cannot solve by itself, and who answers by when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from linkage.access import ScopeFields, grants_of, scope
from linkage.models import Matter, Organisation, Region, Role, Seat, TransitionRow, Upload
from projects.states import help_requests as states

from .procedure import Procedure
from .project import Project

OFFICE_OF_COUNTY = (Role.COUNTY_CLERK, Role.COUNTY_CHIEF)
ASKING = frozenset({states.RAISE, states.ANSWER})  # in one's own name, or for somebody who telephoned


class HelpState(models.TextChoices):
    ASKED = states.ASKED, "待签收"
    SIGNED = states.SIGNED, "办理中"
    ANSWERED = states.ANSWERED, "已办复待确认"
    RESOLVED = states.RESOLVED, "已解决"
    WITHDRAWN = states.WITHDRAWN, "已撤回"


class Tier(models.TextChoices):
    """Who is asked: a body for its matter, or one of the two offices that get problems moving."""

    BODY = states.BODY, "承办单位"
    COUNTY = states.COUNTY, "县级专班办公室"
    PREFECTURE = states.PREFECTURE, "地区专班办公室"


class HelpOrigin(models.TextChoices):
    """From which page it was raised, or by telephone (代登记)."""

    PROJECT = "project", "项目"
    PROCEDURE = "procedure", "前期手续"
    ISSUE = "issue", "问题"
    PHONE = "phone", "电话（代登记）"
    OTHER = "other", "其他"


def answering(user) -> list:
    """Live seats by which a person answers for a body or an office."""
    return [grant for grant in grants_of(user) if states.ANSWER in grant.permissions]


def asking_side(user) -> Q:
    """Requests this person stands behind: raised by the person from a desk they still hold, by the same body, by the same county
    office, or telephoned in by the body that carries the project out."""
    found = Q(pk__in=[])
    for grant in grants_of(user):
        if ASKING & grant.permissions:
            found |= Q(raised_by=user.pk, asker_body=grant.organisation_id, unit__path__startswith=grant.region_path)
        if states.RAISE not in grant.permissions:
            continue
        if grant.organisation_id:
            found |= Q(asker_body=grant.organisation_id, unit__path__startswith=grant.region_path)
            if grant.role == Role.IMPLEMENTER:
                found |= Q(is_by_phone=True, project__implementer=grant.organisation_id)
        elif grant.role in OFFICE_OF_COUNTY:
            found |= Q(asker_body__isnull=True, asker_region=grant.region_id)
    return found


def overdue_at(at) -> Q:
    """签收 or 办复 owed and its moment gone by."""
    return Q(state=states.ASKED, sign_due_at__lt=at) | Q(state__in=states.WITH_BODY, answer_due_at__lt=at)


def stands_behind(user, request) -> bool:
    """The same as `asking_side` for one request at hand; no query."""
    for grant in grants_of(user):
        if request.raised_by_id == user.pk and ASKING & grant.permissions and _same_desk(grant, request):
            return True
        if states.RAISE not in grant.permissions:
            continue
        body = grant.organisation_id
        if body and ((body == request.asker_body_id and grant.covers(request.unit.path)) or _telephoned_for(grant, request)):
            return True
        if not body and grant.role in OFFICE_OF_COUNTY and request.asker_body_id is None and request.asker_region_id == grant.region_id:
            return True
    return False


def _same_desk(grant, request) -> bool:
    """Of two desks of one person's life, the one from which it was asked."""
    return grant.organisation_id == request.asker_body_id and grant.covers(request.unit.path)


def _telephoned_for(grant, request) -> bool:
    """Somebody telephoned for this body's own project."""
    return bool(grant.role == Role.IMPLEMENTER and request.is_by_phone and grant.organisation_id == request.scope_implementer_id)


class HelpRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """In sight with its unit, task or project; for every body that was ever asked; for who asked."""
        if not grants_of(user):
            return self.none()
        found = scope(user, HelpRequest.SCOPE) | asking_side(user)
        bodies = [grant.organisation_id for grant in answering(user) if grant.organisation_id]
        if bodies:
            found |= Q(pk__in=HelpTransition.objects.filter(to_body__in=bodies).values("subject_id"))
        return self.filter(found)

    def open(self):
        return self.filter(state__in=states.OPEN)

    def overdue(self, at):
        """The term that runs is over: 签收 while nobody has taken it, 办复 until it is answered."""
        return self.filter(overdue_at(at))

    def with_stuck_body(self, on):
        """Asked of a body none of whose people can log in on that day: somebody records for it (代录)."""
        people = Seat.objects.on(on).filter(organisation=OuterRef("holder"), user__is_active=True, user__is_service=False)
        return self.annotate(is_stuck=Q(tier=states.BODY) & ~Exists(people))

    def to_answer(self, user, on):
        """Whose next step is this person's as the one who is asked."""
        found = Q(pk__in=[])
        for grant in answering(user):
            here = Q(unit__path__startswith=grant.region_path)
            if grant.organisation_id:
                found |= here & Q(tier=states.BODY, holder=grant.organisation_id)
            if grant.role in OFFICE_OF_COUNTY:
                found |= here & Q(tier=states.COUNTY)
            if states.DECIDE in grant.permissions:
                found |= here & Q(tier=states.PREFECTURE)
            if states.RECORD in grant.permissions and grant.role == Role.COUNTY_CLERK:
                found |= here & Q(is_stuck=True)
        return self.with_stuck_body(on).filter(found, state__in=states.WITH_BODY)

    def to_confirm(self, user):
        """Answered, and this person's to accept or send back."""
        return self.filter(asking_side(user), state=states.ANSWERED)

    def waiting_for(self, user, on):
        """Everything whose next step is this person's."""
        answer = self.to_answer(user, on).values("pk")
        return self.filter(Q(pk__in=answer) | (asking_side(user) & Q(state=states.ANSWERED)))

    def asked_by(self, user):
        return self.filter(asking_side(user))


class HelpRequest(models.Model):
    """One request. Who has it, the terms and the due moments are written by the actions with every move, never by hand.

    `origin_*` are words and an address only: whatever raised it, nothing points upwards. `hint_at` is when the tick proposes 升级.
    """

    SCOPE = ScopeFields("unit__path", "project__task_id", "project__implementer_id", "project_id")

    code = models.CharField("编号", max_length=30, unique=True)
    unit = models.ForeignKey(Region, models.PROTECT, related_name="help_requests", verbose_name="县（市、区）")
    project = models.ForeignKey(Project, models.PROTECT, null=True, blank=True, related_name="help_requests", verbose_name="项目")
    procedure = models.ForeignKey(Procedure, models.PROTECT, null=True, blank=True, related_name="help_requests", verbose_name="手续")
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="事项")
    text = models.TextField("需要协调解决的问题", max_length=2000)
    origin = models.CharField("来源", max_length=10, choices=HelpOrigin.choices, default=HelpOrigin.PROJECT)
    origin_label = models.CharField("来源说明", max_length=160, blank=True)
    origin_url = models.CharField("来源链接", max_length=200, blank=True)
    is_by_phone = models.BooleanField("代登记", default=False)
    caller = models.CharField("来电人", max_length=80, blank=True)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="提请人")
    raised_at = models.DateTimeField("提出时间")
    asker_body = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提请单位")
    asker_region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="提请地区")
    tier = models.CharField("办理层级", max_length=10, choices=Tier.choices)
    holder = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="help_requests", verbose_name="承办单位")
    contact = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="对接人账号")
    contact_name = models.CharField("对接人", max_length=80, blank=True)
    state = models.CharField("状态", max_length=10, choices=HelpState.choices, default=HelpState.ASKED)
    sign_hours = models.PositiveIntegerField("签收时限（工作小时）")
    answer_hours = models.PositiveIntegerField("办复时限（工作小时）")
    sign_due_at = models.DateTimeField("签收到期")
    answer_due_at = models.DateTimeField("办复到期")
    hint_at = models.DateTimeField("升级提示时刻", null=True, blank=True)
    hinted_at = models.DateTimeField("已提示升级", null=True, blank=True)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承办人")
    signed_at = models.DateTimeField("签收时间", null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办复人")
    answered_at = models.DateTimeField("办复时间", null=True, blank=True)
    moved_at = models.DateTimeField("最近一步时间")
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    rounds = models.PositiveIntegerField("办理轮次", default=1)
    transfers = models.PositiveIntegerField("转办次数", default=0)
    escalations = models.PositiveIntegerField("升级次数", default=0)
    is_back_and_forth = models.BooleanField("来回转办", default=False)
    revision = models.PositiveIntegerField("修订号", default=0)

    objects = HelpRequestQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "提请协调"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["holder", "state"], name="help_holder_state"),
            models.Index(fields=["state", "answer_due_at"], name="help_state_due"),
            models.Index(fields=["unit", "state"], name="help_unit_state"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(tier="body") | Q(holder__isnull=False), name="help_body_named", violation_error_message="请写明提请哪个单位。"),
            models.CheckConstraint(condition=~Q(state="signed") | Q(signed_by__isnull=False), name="help_signed_by_somebody"),
            models.CheckConstraint(
                condition=~Q(state__in=["answered", "resolved"]) | Q(answered_by__isnull=False, answered_at__isnull=False), name="help_answered_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(is_by_phone=False) | ~Q(caller=""), name="help_caller_named", violation_error_message="代登记请写明谁来的电话。"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False, state__in=["resolved", "withdrawn"])
                | Q(closed_at__isnull=True) & ~Q(state__in=["resolved", "withdrawn"]), name="help_closed_when",
            ),
            models.CheckConstraint(condition=Q(answer_due_at__gte=F("raised_at")), name="help_due_after_raised"),
        ]  # fmt: skip

    def __str__(self):
        return self.code

    def get_absolute_url(self):
        return f"/help-requests/{self.pk}/"

    @property
    def holder_words(self) -> str:
        return holder_words(self.tier, self.holder, self.unit)

    @property
    def asker_words(self) -> str:
        """Who asks, as the other side reads it."""
        if self.is_by_phone:
            return f"{self.caller}（{self.raised_by}代登记）"
        return f"{self.asker_body or f'{self.asker_region.name}专班办公室'} {self.raised_by}"

    @property
    def due_at(self):
        """The moment that counts now; None while nobody owes an answer."""
        if self.state == states.ASKED:
            return self.sign_due_at
        return self.answer_due_at if self.state == states.SIGNED else None

    @property
    def scope_path(self):
        return self.unit.path

    @property
    def scope_task_id(self):
        return self.project.task_id if self.project_id else None

    @property
    def scope_project_id(self):
        return self.project_id

    @property
    def scope_implementer_id(self):
        return self.project.implementer_id if self.project_id else None

    @property
    def scope_organisation_ids(self):
        return (self.holder_id, self.asker_body_id)

    @classmethod
    def held_by(cls, organisation_ids):
        """Ids of projects about which one of these organisations was asked (acting scope): who is asked for help sees what it is about."""
        asked = HelpTransition.objects.filter(to_body__in=organisation_ids, subject__project__isnull=False)
        return asked.order_by().values(project=F("subject__project_id"))


def holder_words(tier: str, body: Organisation | None, unit: Region) -> str:
    if tier == states.COUNTY:
        return f"{unit.name}专班办公室"
    return str(body or "地区专班办公室")


class HelpTransition(TransitionRow):
    """One move. `minutes` is the working time that had run since the move before it, on account of who held the request then
    (`from_*`); `to_*` and the due moments are what holds after it."""

    subject = models.ForeignKey(HelpRequest, models.PROTECT, related_name="transitions", verbose_name="提请协调")
    from_tier = models.CharField("原层级", max_length=10, choices=Tier.choices, blank=True)
    from_body = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="原承办单位")
    minutes = models.PositiveIntegerField("工作分钟", default=0)
    is_late = models.BooleanField("超时", default=False)
    to_tier = models.CharField("现层级", max_length=10, choices=Tier.choices, blank=True)
    to_body = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="现承办单位")
    contact_name = models.CharField("对接人", max_length=80, blank=True)
    sign_due_at = models.DateTimeField("签收到期", null=True, blank=True)
    answer_due_at = models.DateTimeField("办复到期", null=True, blank=True)
    is_recorded = models.BooleanField("代录", default=False)
    is_decided = models.BooleanField("专班办公室指定", default=False)

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "提请协调流转"

    @property
    def label(self) -> str:
        return states.WORDS.get(self.name, self.name)


class HelpFile(models.Model):
    """A PDF or picture that goes with a request or a reply; handed out through the request's scope alone."""

    transition = models.ForeignKey(HelpTransition, models.PROTECT, related_name="files", verbose_name="步骤")
    upload = models.OneToOneField(Upload, models.PROTECT, related_name="+", verbose_name="文件")

    class Meta:
        verbose_name = verbose_name_plural = "提请协调附件"
        ordering = ["pk"]

    def __str__(self):
        return self.upload.name
