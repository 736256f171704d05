"""交接: what was open in a seat, and who has it from now on (features 1.6). Written once; names and posts as of the day."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from linkage.access import grants_of

from .region import Region
from .user import Seat

MAKE = "handover.make"


class HandoverQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Who gave, received or prepared it, and whoever may prepare handovers for seats there."""
        found = Q(pk__in=[])
        if not user.is_authenticated:
            return self.none()
        found = Q(giver=user) | Q(prepared_by=user) | Q(pk__in=HandoverItem.objects.filter(receiver=user).values("handover_id"))
        for grant in grants_of(user):
            if MAKE in grant.permissions:
                here = Q(region__path__startswith=grant.region_path)
                found |= here & Q(seat__organisation=grant.organisation_id) if grant.role == "dept_head" else here
        return self.filter(found)


class Handover(models.Model):
    """One 交接单: everything open in a seat on that day. `giver_words` and the like are not looked up again."""

    number = models.CharField("编号", max_length=60)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="handovers", verbose_name="岗位")
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name="范围")
    seat_words = models.CharField("岗位（当时）", max_length=200)
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="handovers_given", verbose_name="交出人")
    giver_words = models.CharField("交出人（当时）", max_length=120)
    reason = models.CharField("交接原因", max_length=120)
    witness = models.CharField("监交人", max_length=120)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="办理人")
    prepared_words = models.CharField("办理人（当时）", max_length=200)
    at = models.DateTimeField("办理时间")

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "交接单"
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["region", "number"], name="handover_number_unique"),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(witness=""), name="handover_explained", violation_error_message="请写明交接原因和监交人。"),
        ]

    def __str__(self):
        return f"{self.number} {self.giver_words}"

    @property
    def scope_path(self):
        return self.region.path


class HandoverItem(models.Model):
    """One open item, as it stood, and who has it now. `key` finds it again within its kind."""

    handover = models.ForeignKey(Handover, models.PROTECT, related_name="items", verbose_name="交接单")
    kind = models.CharField("种类", max_length=30)
    kind_title = models.CharField("种类名称", max_length=40)
    key = models.CharField("标识", max_length=60)
    title = models.CharField("事项", max_length=200)
    state_words = models.CharField("办理情况", max_length=120, blank=True)
    due_on = models.DateField("时限", null=True, blank=True)
    receiver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="handovers_received", verbose_name="接收人")
    receiver_words = models.CharField("接收人（当时）", max_length=120)

    class Meta:
        verbose_name = verbose_name_plural = "交接事项"
        ordering = ["handover_id", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "kind", "key"], name="handover_item_once"),
            models.CheckConstraint(condition=~Q(receiver_words=""), name="handover_item_received"),
        ]

    def __str__(self):
        return f"{self.kind_title}：{self.title}"
