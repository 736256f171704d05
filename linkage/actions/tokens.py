"""API tokens and the interface accounts behind them (features 12.4, 12.3).

A token is made for one outside system, shown once, kept as a hash, withdrawn. It acts as an interface account, never as a
person: whoever issues tokens could otherwise act as anybody. The 系统管理员 makes account and token, the 安全管理员 alone
gives the account its seats.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import IntegrityError, transaction

from linkage import access, audit, periods
from linkage.errors import Refusal, WrongState
from linkage.models import ApiToken, User

from .rows import keep

PREFIX = "lk_"
LONGEST_DAYS = 366


def hash_of(key: str | bytes) -> str:
    """The stored form of a token. It has 256 random bits, so a plain hash cannot be guessed back."""
    return hashlib.sha256(key.encode() if isinstance(key, str) else key).hexdigest()


@transaction.atomic
def create_account(*, username: str, name: str, by: User, at: datetime | None = None) -> User:
    """An interface account: no password, no seat yet. Refused: a user name in use."""
    at = at or periods.now()
    _may_manage(by)
    if User.objects.filter(username__iexact=username).exists():
        raise Refusal(f"用户名“{username}”已有人使用。", code="username_taken")
    user = User(username=username, name=name, is_service=True, date_joined=at)
    user.set_unusable_password()
    keep(user)
    audit.record(by=by, verb="新增接口账号", target=user, after={"username": username, "name": name}, at=at, region_path="")
    return user


def issue(*, name: str, user: User, expires_at: datetime, by: User, at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token for the system called `name`, acting as `user`; the key itself is given back once and never kept.

    Refused: a person's account, one that is closed, a name in use, a date that has passed or lies more than a year ahead.
    """
    at = at or periods.now()
    _may_manage(by)
    if not user.is_service:
        raise Refusal("令牌只能发给接口账号，不能以个人账号调用接口。请先新建接口账号。", code="user_person")
    if not user.is_active:
        raise Refusal("该账号已停用，不能用于接口。", code="user_inactive")
    if not at < expires_at <= periods.shift(at, days=LONGEST_DAYS):
        raise Refusal("到期日须在今天之后、一年之内。", code="expiry")
    key = PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            token = ApiToken.objects.create(
                name=name, user=user, key_hash=hash_of(key), created_at=at, expires_at=expires_at
            )
            audit.record(
                by=by,
                verb="建立接口令牌",
                target=token,
                at=at,
                after={"name": name, "user": str(user), "expires_at": expires_at},
            )
    except IntegrityError:
        raise Refusal(f"已有名为“{name}”的令牌，请换一个名称。", code="name_taken") from None
    return token, key


def revoke(*, token: ApiToken, by: User, at: datetime | None = None) -> None:
    """Withdraw a token for good, from the next call on. A second time is refused."""
    at = at or periods.now()
    _may_manage(by)
    with transaction.atomic():
        if not ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=at):
            raise WrongState("该令牌已停用。")
        audit.record(by=by, verb="停用接口令牌", target=token, at=at, after={"revoked_at": at})
    token.refresh_from_db()


def _may_manage(by: User) -> None:
    if not access.may(by, "token.manage"):
        raise access.Denied("您的岗位不能管理接口令牌。", "token.manage")
