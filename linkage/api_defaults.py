"""What every API view does unless it says otherwise: who is asking, what they may, how fast, how much at once.

Named in settings.REST_FRAMEWORK; kept apart from `api.py` because the framework reads it while its own views load.
"""

from __future__ import annotations

from typing import ClassVar

from django.db.models import Q
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.throttling import SimpleRateThrottle

from linkage import access, audit, periods
from linkage.actions.tokens import hash_of
from linkage.models import ApiToken

LAST_USED_STEP_SECONDS = 60


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Token …`. The token acts with the rights of its interface account, never as a person."""

    keyword = "Token"

    def authenticate(self, request):
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != self.keyword.lower().encode():
            return None
        if len(words) != 2:
            raise AuthenticationFailed("令牌格式应为 “Authorization: Token <令牌>”。", code="token_malformed")
        token = self._find(words[1])
        self._note_use(token)
        audit.note_system(token.name)
        return token.user, token

    def authenticate_header(self, request):
        return self.keyword

    @staticmethod
    def _find(key: bytes) -> ApiToken:
        token = ApiToken.objects.select_related("user").filter(key_hash=hash_of(key)).first()
        if token is None:
            raise AuthenticationFailed("令牌无效。", code="token_unknown")
        if token.revoked_at is not None or not token.user.is_active:
            raise AuthenticationFailed("令牌已停用。", code="token_revoked")
        if not token.user.is_service:
            raise AuthenticationFailed("令牌不能以个人账号使用，请向系统管理员申请接口账号的令牌。", code="token_person")
        if token.expires_at <= periods.now():
            raise AuthenticationFailed("令牌已过期，请向系统管理员申请新令牌。", code="token_expired")
        return token

    @staticmethod
    def _note_use(token: ApiToken) -> None:
        """At most one write a minute, so that reading stays reading."""
        now = periods.now()
        before = periods.shift(now, seconds=-LAST_USED_STEP_SECONDS)
        if token.last_used_at is None or token.last_used_at < before:
            stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=before)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


class NamedPermission(BasePermission):
    """Nothing unless named: the view's `allows` maps an action (or a method) to a permission.

    `allows = {"list": None, "create": "voucher.record"}`: None lets everybody signed in, whose rows `visible_to` still
    filters; an action that is not in the table is refused. With an object the permission is asked for that object.
    """

    message = "您的岗位不能执行此操作。"

    def has_permission(self, request, view) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not hasattr(view, request.method.lower()):
            return True  # no such method here: the view answers 405
        return self._named(request, view, access.Unscoped.ANYWHERE)

    def has_object_permission(self, request, view, obj) -> bool:
        return self._named(request, view, obj)

    @staticmethod
    def _named(request, view, target) -> bool:
        allows: dict[str, str | None] = getattr(view, "allows", {})
        action = getattr(view, "action", None) or request.method.lower()
        if action not in allows:
            return False
        permission = allows[action]
        return permission is None or access.may(request.user, permission, target)


class TokenThrottle(SimpleRateThrottle):
    """So many calls a minute per token and process (settings: DEFAULT_THROTTLE_RATES); people in a browser are not counted."""

    scope = "token"

    def get_cache_key(self, request, view):
        return f"throttle:token:{request.auth.pk}" if isinstance(request.auth, ApiToken) else None


class Pages(PageNumberPagination):
    """?page=2&page_size=100; 50 rows unless asked, 500 at most."""

    page_size = 50
    max_page_size = 500
    page_size_query_param = "page_size"
    page_query_description: ClassVar[str] = "第几页，从 1 起"
    page_size_query_description: ClassVar[str] = "每页行数，最多 500"
