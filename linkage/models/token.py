"""API tokens, one per outside system (features 12.4). Only the hash is kept."""

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """Acts with the rights of `user`, an interface account; shown once when made."""

    name = models.CharField("系统名称", max_length=60, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens", verbose_name="以何账号")
    key_hash = models.CharField("密钥散列", max_length=64, unique=True)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self):
        return self.name
