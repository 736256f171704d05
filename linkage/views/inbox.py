"""/inbox/: one's own notices, unread first."""

from django.contrib import messages
from django.db.models import Case, IntegerField, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from linkage import periods
from linkage.actions.inbox import mark_all_read, mark_read
from linkage.models import Notification
from linkage.views.pages import paged

UNREAD_FIRST = Case(When(read_at__isnull=True, then=0), default=1, output_field=IntegerField())


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    rows = Notification.objects.visible_to(request.user)
    only_unread = request.GET.get("show") == "unread"
    unread = rows.unread().count()
    tabs = [
        {"label": "全部", "url": "?", "active": not only_unread, "count": rows.count()},
        {"label": "未读", "url": "?show=unread", "active": only_unread, "count": unread},
    ]
    page = paged(request, (rows.unread() if only_unread else rows).order_by(UNREAD_FIRST, "-pk"), 30)
    return render(
        request, "inbox/list.html",
        {"page": page, "tabs": tabs, "unread": unread, "only_unread": only_unread, "now": periods.now()},
    )  # fmt: skip


@require_safe
def inbox_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Go where the notice leads; that it was read is its access record."""
    notification = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    mark_read(notification=notification, by=request.user)
    if notification.url and url_has_allowed_host_and_scheme(notification.url, allowed_hosts=None):
        return HttpResponseRedirect(notification.url)
    return redirect("inbox")


@require_POST
def inbox_read_all(request: HttpRequest) -> HttpResponse:
    messages.success(request, f"已将 {mark_all_read(by=request.user)} 条通知标为已读。")
    return redirect("inbox")
