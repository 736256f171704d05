"""常用视图 of the filter bar: kept, listed, dropped. Each person has only their own."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from linkage.actions.saved_views import delete_view, save_view
from linkage.models import SavedView
from linkage.views.pages import back_to, telling


def views_for(request: HttpRequest, page: str = "") -> QuerySet[SavedView]:
    """The person's views of this page, for `{% filterbar saved_views=… %}`."""
    return SavedView.objects.visible_to(request.user).filter(page=page or request.path)


@require_http_methods(["GET", "POST"])
def saved_views(request: HttpRequest) -> HttpResponse:
    """GET lists all of one's views; POST page, name, query keeps one and goes back to it."""
    if request.method == "GET":
        mine = SavedView.objects.visible_to(request.user).order_by("page", "name")
        return render(request, "saved_views/list.html", {"views": mine})
    values = {name: request.POST.get(name, "") for name in ("page", "name", "query")}
    with telling(request) as told:
        view = save_view(by=request.user, **values)
    if told.refused:
        return back_to(request, "saved-view-list")
    messages.success(request, f"已保存视图“{view.name}”。")
    return HttpResponseRedirect(f"{view.page}?{view.query}")


@require_POST
def saved_view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    delete_view(by=request.user, view=get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk))
    return redirect("saved-view-list")
