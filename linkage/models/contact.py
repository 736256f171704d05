"""“一对一”对接责任人: the named person behind every unit × matter, in A岗 and B岗, dated (二(一); features 1.4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from .organisation import DatedQuerySet, Matter, Organisation, dated
from .region import Region


class ContactPost(models.TextChoices):
    """Who is asked first, and who when the first is away."""

    A = "a", "A岗"
    B = "b", "B岗"


class ContactQuerySet(DatedQuerySet):
    def visible_to(self, user):
        """Whom to call is told to everybody who may log in; what else lies behind a matter is not told here."""
        return self if user.is_authenticated else self.none()

    def standing(self):
        """Rows nobody has closed: at most one per unit, matter and post, by constraint."""
        return self.filter(until__isnull=True)


class Contact(models.Model):
    """One person for one matter of one unit. Another person there: this row is closed and a new one begins.

    `organisation` is the 承办单位 of that day; name, post and office phone are kept as of then, whatever becomes of the account.
    """

    region = models.ForeignKey(Region, models.PROTECT, related_name="contacts", verbose_name="填报单位")
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="contacts", verbose_name="事项")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contacts", verbose_name="承办单位")
    post = models.CharField("岗别", max_length=1, choices=ContactPost.choices)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="contacts", verbose_name="账号")
    person_name = models.CharField("姓名", max_length=40)
    duty = models.CharField("职务", max_length=60, blank=True)
    office_phone = models.CharField("办公电话", max_length=30, blank=True)
    document = models.CharField("依据文件", max_length=120, blank=True)
    since = models.DateField("起")
    until = models.DateField("止", null=True, blank=True)
    revision = models.PositiveIntegerField("修订号", default=0)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "对接责任人"
        ordering = ["region__display_order", "matter__display_order", "post", "since"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "matter", "post"], condition=Q(until__isnull=True), name="contact_one_at_a_time",
                violation_error_message="这一岗已有对接责任人。",
            ),
            models.UniqueConstraint(fields=["region", "matter", "post", "since"], name="contact_since_unique"),
            models.CheckConstraint(condition=dated(), name="contact_dates"),
            models.CheckConstraint(condition=~Q(person_name=""), name="contact_named", violation_error_message="请填写姓名。"),
        ]  # fmt: skip

    def __str__(self):
        return f"{self.region}·{self.matter}{self.get_post_display()} {self.person_name}"

    @property
    def scope_path(self):
        return self.region.path

    @property
    def mark(self) -> str:
        """What a page or a sheet showed: another person, or other words for the same one → another mark."""
        return f"{self.pk}-{self.revision}"

    @property
    def with_duty(self) -> str:
        """王立新（科长）."""
        return f"{self.person_name}（{self.duty}）" if self.duty else self.person_name
