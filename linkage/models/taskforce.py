"""Task forces and their roster (二(一); features 1.3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .organisation import DatedQuerySet, Organisation, dated
from .region import Region


class TaskForce(models.Model):
    """The 联动专班 of one region. Without `document` it is a gap."""

    region = models.OneToOneField(Region, models.PROTECT, related_name="taskforce", verbose_name="地区")
    name = models.CharField("名称", max_length=120)
    document = models.CharField("成立文件", max_length=120, blank=True)
    founded_on = models.DateField("成立日期", null=True, blank=True)
    office = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="办公室所在单位"
    )

    class Meta:
        verbose_name = verbose_name_plural = "联动专班"

    def __str__(self):
        return self.name


class MemberPost(models.TextChoices):
    LEADER = "leader", "组长"
    DEPUTY = "deputy", "副组长"
    OFFICE_HEAD = "office_head", "办公室主任"
    IN_CHARGE = "in_charge", "成员（分管负责同志）"
    STAFF = "staff", "成员（具体工作人员）"


class TaskForceMember(models.Model):
    """One person in one post of a task force, dated, with the document it rests on; `is_acting` marks 代理."""

    taskforce = models.ForeignKey(TaskForce, models.PROTECT, related_name="members", verbose_name="专班")
    post = models.CharField("专班职务", max_length=12, choices=MemberPost.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, verbose_name="单位")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, verbose_name="账号")
    person_name = models.CharField("姓名", max_length=40)
    duty = models.CharField("行政职务", max_length=60, blank=True)
    office_phone = models.CharField("办公电话", max_length=30, blank=True)
    is_acting = models.BooleanField("代理", default=False)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    document = models.CharField("依据文件", max_length=120, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "专班成员"
        constraints = [
            models.CheckConstraint(condition=dated(), name="taskforce_member_dates"),
            models.CheckConstraint(
                condition=Q(is_acting=False) | Q(until__isnull=False),
                name="taskforce_acting_ends",
                violation_error_message="代理须写明起止日期。",
            ),
        ]

    def __str__(self):
        return f"{self.get_post_display()} {self.person_name}"
