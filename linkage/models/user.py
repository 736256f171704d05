"""People, and the dated seats from which all their rights come (features 12.3)."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from .organisation import DatedQuerySet, Organisation, dated
from .region import Region


class User(AbstractUser):
    """A person who logs in, or an interface account (`is_service`) in whose name an outside system calls the API.

    What either may see and do comes from seats, never from groups or is_staff. An interface account has no usable password.
    """

    first_name = None
    last_name = None
    name = models.CharField("姓名", max_length=40)
    duty = models.CharField("职务", max_length=60, blank=True)
    office_phone = models.CharField("办公电话", max_length=30, blank=True)
    must_change_password = models.BooleanField("须修改初始密码", default=False)
    is_service = models.BooleanField("接口账号", default=False, help_text="供外部系统凭令牌调用接口，任何人不能用它登录")

    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = verbose_name_plural = "用户"
        constraints = [
            models.CheckConstraint(
                condition=Q(is_service=False) | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, must_change_password=False),
                name="user_service_never_logs_in",
                violation_error_message="接口账号不设密码，不能登录。",
            ),
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return self.name or self.username

    get_short_name = get_full_name


class Role(models.TextChoices):
    COUNTY_CLERK = "county_clerk", "县级填报员"
    COUNTY_CHIEF = "county_chief", "县级专班审签人"
    COUNTY_DEPT = "county_dept", "县级部门经办人"
    OFFICE_CLERK = "office_clerk", "地区专班办公室经办"
    OFFICE_HEAD = "office_head", "地区专班办公室主任"
    DEPT_CLERK = "dept_clerk", "地直部门经办人"
    DEPT_HEAD = "dept_head", "地直部门负责人"
    LEADER = "leader", "组长、副组长"
    IMPLEMENTER = "implementer", "项目实施主体"
    AUDITOR = "auditor", "审计查阅"
    SYSADMIN = "sysadmin", "系统管理员"
    SECADMIN = "secadmin", "安全管理员"
    SECAUDIT = "secaudit", "安全审计员"


class Seat(models.Model):
    """user × role × organisation × region, dated.

    `is_backup` marks the B岗. `acting_for` names the seat whose holder is represented (代理): acts are then
    recorded as 代签. An auditor's seat always ends.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="seats", verbose_name="用户")
    role = models.CharField("角色", max_length=16, choices=Role.choices)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name="单位"
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="seats", verbose_name="范围")
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    is_backup = models.BooleanField("B岗", default=False)
    acting_for = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="acting_seats", verbose_name="代理何岗"
    )
    document = models.CharField("依据文件", max_length=120, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "岗位"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=dated(), name="seat_dates"),
            models.CheckConstraint(
                condition=~Q(role=Role.AUDITOR) | Q(until__isnull=False),
                name="seat_auditor_ends",
                violation_error_message="审计查阅须写明截止日期。",
            ),
            models.CheckConstraint(
                condition=Q(acting_for__isnull=True) | Q(until__isnull=False),
                name="seat_acting_ends",
                violation_error_message="代理岗位须写明截止日期。",
            ),
            models.CheckConstraint(condition=Q(acting_for__isnull=True) | ~Q(acting_for=F("id")), name="seat_acting_other"),
            models.CheckConstraint(
                condition=~Q(role__in=[Role.COUNTY_DEPT, Role.DEPT_CLERK, Role.DEPT_HEAD, Role.IMPLEMENTER])
                | Q(organisation__isnull=False),
                name="seat_department_named",
                violation_error_message="部门和实施主体的岗位须写明单位。",
            ),
        ]

    def __str__(self):
        where = str(self.organisation or self.region)
        return f"{where}·{self.get_role_display().removeprefix(where)}"  # 地区专班办公室·经办, not the office twice
