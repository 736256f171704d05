"""Log-in, log-in in place, log-out, own account and password."""

from axes.models import AccessLog
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkage import access, periods
from linkage.actions import account as actions
from linkage.forms.account import LoginForm, PasswordForm
from linkage.middleware import wants_json

RECENT_LOGINS = 10


def _next_url(request: HttpRequest) -> str:
    """Where to go after the log-in: a page of this site, or home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else settings.LOGIN_REDIRECT_URL


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return redirect(_next_url(request))
    form = LoginForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        auth.login(request, form.get_user())
        actions.record_login(by=form.get_user())
        return redirect(_next_url(request))
    return render(request, "account/login.html", {"form": form, "next": _next_url(request)})


def _refused(code: str, detail: str, status: int, request: HttpRequest) -> JsonResponse:
    return JsonResponse({"code": code, "detail": detail, "fields": {}, "csrf_token": get_token(request)}, status=status)


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login_inline(request: HttpRequest) -> HttpResponse:
    """Log in on an open page whose session ran out. GET gives the dialog, POST answers JSON.

    `expected` is the id of the person the page belongs to: drafts of one person never continue under another log-in.
    """
    if request.method != "POST":
        return render(request, "account/_login_inline.html", {"form": LoginForm(request, auto_id="relogin_%s")})
    form = LoginForm(request, data=request.POST)
    if not form.is_valid():
        return _refused("invalid_login", " ".join(form.non_field_errors()) or "请填写用户名和密码。", 400, request)
    user = form.get_user()
    if str(user.pk) != request.POST.get("expected"):
        return _refused(
            "other_user", "这不是打开本页的人的账号。请由本人登录；换人办理请先关闭本页，再从登录页进入。", 409, request
        )
    if user.must_change_password:
        return _refused("password_change", "该账号须先修改初始密码：请另开一页登录并修改，再回到本页。", 409, request)
    auth.login(request, user)
    actions.record_login(by=user, in_place=True)
    return JsonResponse({"name": str(user), "csrf_token": get_token(request)})


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    actions.record_logout(by=request.user)
    auth.logout(request)
    messages.success(request, "已退出登录。")
    return redirect("login")


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict | None = None
) -> HttpResponse:
    """Too many wrong passwords for this name from this address (called by django-axes)."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    words = f"密码连续输错 {settings.AXES_FAILURE_LIMIT} 次，该账号在本机上已锁定。请 {minutes} 分钟后再试，或请安全管理员重置密码。"
    if wants_json(request):
        return _refused("locked", words, 429, request)
    return render(request, "account/locked.html", {"words": words, "minutes": minutes}, status=429)


@require_GET
def account(request: HttpRequest) -> HttpResponse:
    """Own seats, own recent log-ins, the way to a new password."""
    day = periods.today()
    seats = request.user.seats.select_related("region", "organisation", "acting_for__user").order_by("-since", "pk")
    live = {grant.seat_id for grant in access.grants_of(request.user)}
    return render(
        request,
        "account/account.html",
        {
            "seats": [{"seat": seat, "live": seat.pk in live, "ahead": seat.since > day} for seat in seats],
            "logins": AccessLog.objects.filter(username=request.user.get_username()).order_by("-attempt_time")[
                :RECENT_LOGINS
            ],
        },
    )


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.user, data=request.POST or None)
    first = request.user.must_change_password
    if request.method == "POST" and form.is_valid():
        actions.change_password(by=request.user, new_password=form.cleaned_data["new_password1"])
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, "密码已设置，请记牢；以后用它登录。" if first else "密码已修改，其他设备上的登录已失效。")
        return redirect(settings.LOGIN_REDIRECT_URL if first else "account")
    return render(request, "account/password_first.html" if first else "account/password.html", {"form": form})
