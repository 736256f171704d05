"""Procedures across departments (features 3.1–3.3): the catalogue as data, and what each project has to go through."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linkage.access import ScopeFields, grants_of, scope
from linkage.models import Matter, Organisation, TransitionRow
from linkage.money import MoneyField
from projects.states import procedures as states

from .project import Project


class Nature(models.TextChoices):
    """What a procedure is in law."""

    APPROVAL = "approval", "审批"
    FILING = "filing", "备案"
    LETTER = "letter", "确认函"
    SUPERVISION = "supervision", "监管事项"


class Trait(models.TextChoices):
    """What the county answers about a project once; it decides which procedures are asked for."""

    LAND = "land", "新增建设用地"
    FOREST = "forest", "占用林地"
    ROAD = "road", "涉及公路"
    BUILDING = "building", "房屋建筑或市政工程"
    SOIL = "soil", "征占地0.5公顷以上或挖填1000立方米以上"
    ECOLOGY = "ecology", "列入环评分类管理名录（报告书、报告表）"


class ProcedureKind(models.Model):
    """One entry of the catalogue. When it applies: `methods`, `trait` with `words`, `min_investment_yuan`."""

    code = models.SlugField("代码", max_length=40, unique=True)
    name = models.CharField("手续", max_length=60)
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="procedure_kinds", verbose_name="事项")
    nature = models.CharField("类型", max_length=12, choices=Nature.choices)
    methods = models.JSONField("适用实施方式", default=list)
    trait = models.CharField("适用情形", max_length=10, choices=Trait.choices, blank=True)
    words = models.CharField("名称用词", max_length=120, blank=True, help_text="未说明情形时，项目名称或内容含这些词之一才列入；空着则先列入，待县里说明")
    min_investment_yuan = MoneyField("投资额起点", null=True, blank=True)
    prerequisites = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="followers", verbose_name="前置手续")
    blocks_payment = models.BooleanField("办结前不能首次付款", default=True)
    display_order = models.PositiveIntegerField("排列顺序", default=0)
    is_active = models.BooleanField("启用", default=True)
    is_verified = models.BooleanField("已核对", default=False)
    note = models.CharField("说明", max_length=300, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)
    lists_revision = models.PositiveIntegerField("清单所依修订号", default=0, help_text="已生成的清单更新到哪一次修改")

    class Meta:
        verbose_name = verbose_name_plural = "手续目录"
        ordering = ["display_order", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(min_investment_yuan__isnull=True) | Q(min_investment_yuan__gte=0), name="procedure_kind_threshold",
                violation_error_message="投资额起点不能为负数。",
            )
        ]  # fmt: skip

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return f"/procedures/catalogue/{self.code}/"

    @property
    def is_ahead_of_lists(self):
        """Changed since the standing lists were last brought up to it."""
        return self.lists_revision < self.revision


class ProcedureTerm(models.Model):
    """Legal and promised working days of a kind from a day on. A procedure keeps the term of the day it was accepted."""

    kind = models.ForeignKey(ProcedureKind, models.PROTECT, related_name="terms", verbose_name="手续")
    effective_from = models.DateField("生效日期")
    legal_days = models.PositiveIntegerField("法定工作日", null=True, blank=True)
    legal_basis = models.CharField("法定依据", max_length=200, blank=True)
    promised_days = models.PositiveIntegerField("承诺工作日", null=True, blank=True)
    promised_basis = models.CharField("承诺依据", max_length=200, blank=True)
    reason = models.CharField("修改说明", max_length=200, blank=True)
    is_verified = models.BooleanField("已核对", default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="修改人")
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "手续时限"
        ordering = ["kind_id", "-effective_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "effective_from"], name="procedure_term_unique", violation_error_message="这一天已有一个版本，请另选生效日期。"
            ),
            models.CheckConstraint(
                condition=Q(legal_days__isnull=True) | Q(promised_days__isnull=True) | Q(promised_days__lte=F("legal_days")),
                name="procedure_term_promise", violation_error_message="承诺工作日不能多于法定工作日。",
            ),
            models.CheckConstraint(
                condition=Q(legal_days__isnull=True) | ~Q(legal_basis=""), name="procedure_term_grounded",
                violation_error_message="填写法定工作日须写明法定依据。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.kind} {self.effective_from}"


class ExemptionGround(models.Model):
    """A reason for 免办 with its legal basis, offered ready to use."""

    kind = models.ForeignKey(ProcedureKind, models.CASCADE, related_name="exemptions", verbose_name="手续")
    text = models.CharField("免办情形", max_length=160)
    basis = models.CharField("法定依据", max_length=160)
    below_yuan = MoneyField("投资额低于", null=True, blank=True)
    is_verified = models.BooleanField("已核对", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "免办情形"
        ordering = ["kind_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "text"], name="exemption_ground_unique", violation_error_message="已有这种免办情形。")]

    def __str__(self):
        return f"{self.text}（{self.basis}）"


class ProjectTraits(models.Model):
    """The county's answers about a project: trait → yes or no; what is not answered is left out."""

    project = models.OneToOneField(Project, models.PROTECT, related_name="traits", verbose_name="项目")
    answers = models.JSONField("说明", default=dict)
    updated_at = models.DateTimeField("更新时间")

    class Meta:
        verbose_name = verbose_name_plural = "手续适用情形"

    def __str__(self):
        return str(self.project)


class ProcedureState(models.TextChoices):
    NOT_APPLIED = states.NOT_APPLIED, "未申请"
    APPLIED = states.APPLIED, "已申请"
    ACCEPTED = states.ACCEPTED, "已受理"
    TOLERANT = states.TOLERANT, "容缺受理"
    COMMITTED = states.COMMITTED, "告知承诺"
    CORRECTING = states.CORRECTING, "补正中"
    REFERRED = states.REFERRED, "系统外单位办理"
    GRANTED = states.GRANTED, "准予"
    REFUSED = states.REFUSED, "不予许可"
    NOT_ACCEPTED = states.NOT_ACCEPTED, "不予受理"
    WITHDRAWN = states.WITHDRAWN, "已撤回"
    EXEMPT = states.EXEMPT, "免办"


class Confirmation(models.TextChoices):
    """Whether the 承办单位 stands behind what the county recorded for it."""

    NONE = "", "不须确认"
    WAITING = "waiting", "代录待确认"
    CONFIRMED = "confirmed", "已确认"
    DISPUTED = "disputed", "有异议"


UNSETTLED = (Confirmation.WAITING, Confirmation.DISPUTED)


class ProcedureQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(scope(user, Procedure.SCOPE))

    def current(self):
        """On the list of a project: applicable, whatever their state."""
        return self.filter(is_applicable=True)

    def waiting(self):
        """What projects still need."""
        return self.current().filter(state__in=states.WAITING)

    def open(self):
        return self.current().filter(state__in=states.OPEN)

    def stranded(self):
        """Under way at a body that is there no longer: nobody can answer before they are handed over."""
        return self.open().filter(handler__is_active=False)

    def unanswered(self):
        """Recorded by the county for a body that is there no longer, and not under way: nobody there can confirm it any more."""
        return self.current().filter(confirmation=Confirmation.WAITING, handler__is_active=False).exclude(state__in=states.OPEN)

    def overdue(self, on):
        """Beyond the promised term (the legal one where nothing is promised), the term running."""
        late = Q(promised_due_on__lt=on) | Q(promised_due_on__isnull=True, legal_due_on__lt=on)
        return self.current().filter(late, state__in=states.RUNNING)

    def waiting_for(self, user):
        """What waits for this person: a body's own matters to decide or to confirm; a county's to apply for, to correct, in
        dispute. Whoever does neither reads what is under way."""
        bodies = [grant.organisation_id for grant in grants_of(user) if states.ACT in grant.permissions and grant.organisation_id]
        paths = [grant.region_path for grant in grants_of(user) if states.RECORD in grant.permissions]
        if not bodies and not paths:
            return self.open()
        unsettled = Q(confirmation__in=UNSETTLED)
        found = Q(handler__in=bodies) & (Q(state__in=states.WITH_BODY) | unsettled)
        of_county = Q(state__in=(states.NOT_APPLIED, states.CORRECTING, states.TOLERANT, *states.FAILED)) | Q(confirmation=Confirmation.DISPUTED)
        for path in paths:
            found |= Q(project__unit__path__startswith=path) & of_county
        return self.current().filter(found)


class Procedure(models.Model):
    """One procedure of one project. Days and terms below are written by the actions with every step, never by hand."""

    SCOPE = ScopeFields("project__unit__path", "project__task_id", "project__implementer_id", "project_id")

    project = models.ForeignKey(Project, models.PROTECT, related_name="procedures", verbose_name="项目")
    kind = models.ForeignKey(ProcedureKind, models.PROTECT, related_name="procedures", verbose_name="手续")
    handler = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="procedures", verbose_name="承办单位")
    handler_note = models.CharField("承办说明", max_length=200, blank=True)
    state = models.CharField("状态", max_length=12, choices=ProcedureState.choices, default=ProcedureState.NOT_APPLIED)
    is_applicable = models.BooleanField("在清单内", default=True)
    applied_on = models.DateField("申请日期", null=True, blank=True)
    accepted_on = models.DateField("受理日期", null=True, blank=True)
    ended_on = models.DateField("办结日期", null=True, blank=True)
    last_on = models.DateField("最近一步日期", null=True, blank=True)
    document_no = models.CharField("文号", max_length=120, blank=True)
    exemption = models.CharField("免办依据", max_length=330, blank=True)
    legal_days = models.PositiveIntegerField("法定工作日", null=True, blank=True)
    promised_days = models.PositiveIntegerField("承诺工作日", null=True, blank=True)
    legal_due_on = models.DateField("法定到期", null=True, blank=True)
    promised_due_on = models.DateField("承诺到期", null=True, blank=True)
    department_days = models.PositiveIntegerField("部门用时", null=True, blank=True, help_text="工作日，截至最近一步")
    applicant_days = models.PositiveIntegerField("申请方用时", null=True, blank=True)
    outside_days = models.PositiveIntegerField("系统外单位用时", null=True, blank=True)
    term_days = models.PositiveIntegerField("时限内用时", null=True, blank=True, help_text="受理后计入时限的工作日，截至最近一步")
    earlier_department_days = models.PositiveIntegerField("转入前部门用时", default=0, help_text="转交前各承办单位用的工作日，含在合计内")
    earlier_outside_days = models.PositiveIntegerField("转入前系统外用时", default=0)
    earlier_term_days = models.PositiveIntegerField("转入前时限内用时", default=0)
    corrections = models.PositiveIntegerField("补正次数", default=0)
    is_green = models.BooleanField("绿色通道", default=False)
    green_reason = models.CharField("绿色通道理由", max_length=200, blank=True)
    confirmation = models.CharField("代录确认", max_length=10, choices=Confirmation.choices, blank=True, default="")
    revision = models.PositiveIntegerField("修订号", default=0)
    created_at = models.DateTimeField("登记时间")

    objects = ProcedureQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "前期手续"
        ordering = ["project_id", "kind__display_order", "pk"]
        indexes = [
            models.Index(fields=["handler", "state"], name="procedure_handler_state"),
            models.Index(fields=["state", "promised_due_on"], name="procedure_state_due"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind"], name="procedure_once"),
            models.CheckConstraint(
                condition=~Q(state="granted") | ~Q(document_no=""), name="procedure_granted_numbered", violation_error_message="办结须写明文号。"
            ),
            models.CheckConstraint(
                condition=~Q(state="exempt") | ~Q(exemption=""), name="procedure_exempt_grounded", violation_error_message="免办须写明依据。"
            ),
            models.CheckConstraint(condition=Q(is_green=False) | ~Q(green_reason=""), name="procedure_green_explained"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(applied_on__isnull=True) | Q(ended_on__gte=F("applied_on")), name="procedure_dates",
                violation_error_message="办结日期不能早于申请日期。",
            ),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.project}：{self.kind}"

    def get_absolute_url(self):
        return f"/procedures/{self.pk}/"

    @property
    def state_words(self):
        """The state as this nature of procedure calls it: 已出具 for a letter."""
        return states.state_words(self.kind.nature, self.state, self.get_state_display())

    @property
    def handler_words(self):
        if self.handler_id:
            return f"{self.handler}（系统外）" if self.handler.is_outside else str(self.handler)
        return "本地无此机构" if self.handler_note else "承办单位待明确"

    @property
    def is_outside(self):
        """Handled by a body whose time is not ours."""
        return bool(self.handler_id and self.handler.is_outside)

    @property
    def is_untouched(self):
        """Nobody has made a step with it: revision 0 is where a procedure begins."""
        return self.state == states.NOT_APPLIED and self.revision == 0

    @property
    def is_stranded(self):
        """Under way, and its 承办单位 has been switched off."""
        return self.state in states.OPEN and self.handler_id is not None and not self.handler.is_active

    @property
    def is_unanswered(self):
        """What the county recorded waits for a body that has been switched off, and handing over is for what is under way."""
        return self.confirmation in UNSETTLED and self.state not in states.OPEN and self.handler_id is not None and not self.handler.is_active

    @property
    def due_on(self):
        """The day that counts: promised, else legal; None while the term does not run."""
        return self.promised_due_on or self.legal_due_on

    @property
    def scope_path(self):
        return self.project.unit.path

    @property
    def scope_task_id(self):
        """None: a department acts by being the 承办单位, never by leading the fund task."""
        return

    @property
    def scope_organisation_ids(self):
        return (self.handler_id,)

    @classmethod
    def held_by(cls, organisation_ids):
        """Ids of projects of which one of these organisations handles a procedure (acting scope)."""
        return cls.objects.filter(handler__in=organisation_ids, is_applicable=True).order_by().values("project_id")


class ProcedureEventQuerySet(models.QuerySet):
    def standing(self):
        return self.filter(voided_at__isnull=True)

    def steps(self):
        """Moves of the table alone: no change of hands, no change of the catalogue."""
        return self.standing().filter(name__in=list(states.TRANSITIONS))


class ProcedureEvent(TransitionRow):
    """One step of a procedure on the day it happened (`on`), which may lie before the day it was recorded (`at`)."""

    subject = models.ForeignKey(Procedure, models.PROTECT, related_name="transitions", verbose_name="手续")
    on = models.DateField("发生日期", null=True)
    is_by_county = models.BooleanField("县级代录", default=False)
    handler_from = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="转出单位")
    handler_to = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="接手单位")
    confirmation = models.CharField("确认", max_length=10, choices=Confirmation.choices, blank=True, default="")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    answered_at = models.DateTimeField("确认时间", null=True, blank=True)
    dispute = models.CharField("异议", max_length=300, blank=True)
    voided_at = models.DateTimeField("更正时间", null=True, blank=True)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="更正人")
    void_reason = models.CharField("更正理由", max_length=300, blank=True)

    objects = ProcedureEventQuerySet.as_manager()

    class Meta(TransitionRow.Meta):
        verbose_name = verbose_name_plural = "手续办理记录"
        constraints = [
            models.CheckConstraint(condition=~Q(confirmation="disputed") | ~Q(dispute=""), name="procedure_event_dispute_why"),
            models.CheckConstraint(condition=Q(voided_at__isnull=True) | ~Q(void_reason=""), name="procedure_event_void_why"),
            models.CheckConstraint(condition=~Q(name="hand_over") | Q(handler_to__isnull=False) & ~Q(reason=""), name="procedure_event_handed_over"),
        ]

    @property
    def label(self):
        return states.TRANSITIONS[self.name].label if self.name in states.TRANSITIONS else states.OTHER_EVENTS.get(self.name, self.name)
