"""/tokens/: interface accounts and their tokens, for other systems. A key is shown once, on the answer to its making."""

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linkage import periods
from linkage.actions import tokens as acts
from linkage.forms.tokens import AccountForm, TokenForm
from linkage.models import ApiToken, Seat, User
from linkage.views.one_form import FormPage, one_form
from linkage.views.pages import needs, telling, telling_form


@require_http_methods(["GET", "HEAD", "POST"])
@needs("token.manage")
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    form = TokenForm(request.POST if request.method == "POST" else None)
    made = key = None
    if form.is_bound and form.is_valid():
        with telling_form(form):
            made, key = acts.issue(
                name=form.cleaned_data["name"], user=form.cleaned_data["user"], expires_at=form.cleaned_data["expires_on"],
                by=request.user,
            )  # fmt: skip
            form = TokenForm()
    rows = ApiToken.objects.select_related("user").order_by("revoked_at", "name")
    live = Seat.objects.on(periods.today()).select_related("region", "organisation").order_by("pk")
    accounts = User.objects.filter(is_service=True).prefetch_related(Prefetch("seats", live, to_attr="live_seats"))
    return render(
        request, "tokens/list.html",
        {"tokens": [_row(row) for row in rows], "accounts": accounts.order_by("username"), "form": form, "made": made, "key": key},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@needs("token.manage")
def account_new(request: HttpRequest) -> HttpResponse:
    """An interface account; its seats are the 安全管理员's to give."""
    back = reverse("tokens")
    page = FormPage(
        "新建接口账号", back, [("接口令牌", back)], "接口账号没有密码，任何人不能用它登录。", "建立账号",
        "接口账号已建立。请安全管理员在“人员与岗位”中给它安排岗位，没有岗位什么也看不到。",
    )  # fmt: skip
    return one_form(request, AccountForm(request.POST or None), page, lambda data: acts.create_account(by=request.user, **data))


@require_POST
@needs("token.manage")
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk)
    with telling(request) as told:
        acts.revoke(token=token, by=request.user)
    if not told.refused:
        messages.success(request, f"“{token.name}”的令牌已停用，立即生效。")
    return redirect("tokens")


def _row(token: ApiToken) -> dict:
    """A token with its standing in words: 有效, 已到期, 已停用."""
    if token.revoked_at:
        standing, tone = "已停用", "none"
    elif token.expires_at <= periods.now():
        standing, tone = "已到期", "warn"
    else:
        standing, tone = "有效", "ok"
    return {"token": token, "standing": standing, "tone": tone, "until": periods.moment_words(token.expires_at)}
