"""Files. Served only through the scope of the object they belong to."""

from django.conf import settings
from django.db import models

from .region import Region


class UploadQuerySet(models.QuerySet):
    def visible_to(self, user):
        """By itself a file is seen by its uploader only; owners (a report version, a job) open it in their scope."""
        return self.filter(uploaded_by=user) if user.is_authenticated else self.none()


class Upload(models.Model):
    file = models.FileField("文件", upload_to="uploads/%Y/%m/")
    name = models.CharField("文件名", max_length=200)
    content_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("字节")
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, verbose_name="地区")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间")

    objects = UploadQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "文件"

    def __str__(self):
        return self.name
