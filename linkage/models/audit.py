"""The append-only audit trail and its hash chain (features 12.2).

Triggers on both engines refuse UPDATE, DELETE and TRUNCATE (migration 0002). Plain inserts inside the acting
transaction; the sealer in the tick gives committed rows their place in the chain, so writers never queue.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q


@dataclass(frozen=True)
class Inside:
    """Acts on one kind of object that stay its own desk's until a later act on the same object makes them everybody's."""

    target_type: str
    verbs: tuple[str, ...]
    until: str


_inside: list[Inside] = []


def register_inside(target_type: str, *, verbs: tuple[str, ...], until: str) -> None:
    """Called in ready() by the app that knows which of its acts speak of what is not signed yet (design §1)."""
    _inside.append(Inside(target_type, verbs, until))


class AuditQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The security auditor reads everything; 审计查阅 what was done to business objects in its region, and what speaks of
        a draft once that draft has been signed."""
        from linkage.access import NOTHING, grants_of, may

        if may(user, "audit.read"):
            return self
        here = NOTHING
        for grant in grants_of(user):
            if "audit.read_region" in grant.permissions:
                here |= Q(region_path__startswith=grant.region_path)
        rows = self.filter(here).exclude(target_type__startswith="linkage.")
        for rule in _inside:
            later = AuditEvent.objects.filter(
                target_type=rule.target_type, target_id=OuterRef("target_id"), verb=rule.until, pk__gt=OuterRef("pk")
            )
            rows = rows.exclude(Q(target_type=rule.target_type, verb__in=rule.verbs) & ~Exists(later))
        return rows


class AuditEvent(models.Model):
    """One act. Points at nothing but its actor, so nothing is kept alive or lost by it."""

    at = models.DateTimeField("时间", db_index=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="操作人")
    actor_name = models.CharField("姓名", max_length=40)
    seat = models.CharField("岗位", max_length=200, blank=True)
    verb = models.CharField("动作", max_length=60)
    target_type = models.CharField("对象类型", max_length=60)
    target_id = models.CharField("对象编号", max_length=40)
    target_label = models.CharField("对象", max_length=200)
    region_path = models.CharField("地区", max_length=240, blank=True)
    before = models.JSONField("变更前", null=True)
    after = models.JSONField("变更后", null=True)
    address = models.GenericIPAddressField("来源地址", null=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "审计记录"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["target_type", "target_id"], name="audit_target")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.target_label}"


class AuditSeal(models.Model):
    """The place of one event in the chain: sha256 over the previous hash and the event's own words."""

    sequence = models.BigIntegerField("序号", unique=True)
    event = models.OneToOneField(AuditEvent, models.PROTECT, related_name="seal", verbose_name="记录")
    previous_hash = models.CharField("前一散列", max_length=64)
    hash = models.CharField("散列", max_length=64)
    sealed_at = models.DateTimeField("封存时间")

    class Meta:
        verbose_name = verbose_name_plural = "审计封存"
        ordering = ["sequence"]

    def __str__(self):
        return f"{self.sequence} {self.hash[:12]}"
