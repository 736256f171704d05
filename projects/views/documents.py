"""资料: the tab of a project, the box on whatever has files, the list, uploading, handing out and withdrawing one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from linkage import exports, periods, uploads
from linkage.views.pages import needs, paged, telling_form
from linkage.views.saved_views import views_for
from projects.actions.document import add_document, may_add, may_withdraw, need_add, need_withdraw, withdraw_document
from projects.exports.document import KIND
from projects.filters.document import DocumentFilter
from projects.forms.document import DocumentForm, WithdrawForm, known_of
from projects.models import DOCUMENT_OWNERS, ProjectDocument, owner_name
from projects.views.dossier.tabs import Shown, Tab

MOST_ROWS = 200
DEPTH = ("project__unit", "unit")  # what the questions of right ask an owner for


def box(user, owner) -> dict[str, Any]:
    """What `documents/_box.html` shows beside one owner: its files, newest first by kind, and what may be done. One query."""
    adds = may_add(user, owner)
    found = list(owner.documents.select_related("upload", "kind", "added_by", "withdrawn_by").order_by("kind__display_order", "-added_at", "-pk")[:MOST_ROWS])
    return {
        "documents": [(row, may_withdraw(user, row, owner=owner, adds=adds)) for row in found if not row.withdrawn_at],
        "withdrawn": [row for row in found if row.withdrawn_at], "pictures": [row for row in found if row.is_picture and not row.withdrawn_at],
        "may_add": adds, "new_args": (owner_name(owner), owner.pk),
    }  # fmt: skip


def give_files(name: str, owners: Sequence[Any]) -> None:
    """Give each of these owners of one kind, which the reader has in sight, its standing files as `files`. One query."""
    found = defaultdict(list)
    for row in ProjectDocument.objects.standing().filter(**{f"{name}__in": [owner.pk for owner in owners]}).order_by("-added_at", "-pk"):
        found[getattr(row, f"{name}_id")].append(row)
    for owner in owners:
        owner.files = found[owner.pk]


def documents(user, shown: Shown) -> dict[str, Any]:
    """Files of the project as in any box; below those of its procedures, contracts, assets … One query for each of the two."""
    below = ProjectDocument.objects.about(shown.project).exclude(project=shown.project).standing().visible_to(user)
    rows = below.with_owners().select_related("added_by").order_by("kind__display_order", "-added_at", "-pk")
    return {"box": box(user, shown.project), "below": list(rows[:MOST_ROWS])}


TAB = Tab("documents", "资料", 80, "projects/dossier/_documents.html", documents)


# -- the list -----------------------------------------------------------------------------------------------------------


@require_GET
@needs("period.read")
def document_list(request: HttpRequest) -> HttpResponse:
    """Every standing file in sight, whatever it belongs to. Filters in the address; a constant number of queries."""
    filterset = DocumentFilter(request.GET, ProjectDocument.objects.visible_to(request.user), user=request.user)
    rows = filterset.qs.with_owners().select_related("added_by").order_by("-added_at", "-pk")
    context = {
        "page": paged(request, rows), "filter_form": filterset.form, "several_units": "unit" in filterset.filters, "as_of": periods.today(),
        "saved_views": views_for(request),
    }  # fmt: skip
    return render(request, "documents/list.html", context)


@require_GET
@needs("export.run")
def document_export(request: HttpRequest) -> HttpResponse:
    return exports.respond(request, KIND)


# -- one file -----------------------------------------------------------------------------------------------------------


def _owner(request: HttpRequest, name: str, pk: int):
    """What the file shall belong to: 404 out of sight."""
    if name not in DOCUMENT_OWNERS:
        raise Http404
    model = ProjectDocument._meta.get_field(name).related_model
    joins = [join for join in DEPTH if join.split("__")[0] in {field.name for field in model._meta.fields}]
    return get_object_or_404(model._default_manager.visible_to(request.user).select_related(*joins), pk=pk)


def _document(request: HttpRequest, pk: int) -> ProjectDocument:
    return get_object_or_404(ProjectDocument.objects.visible_to(request.user).with_owners(), pk=pk)


@require_http_methods(["GET", "POST"])
def document_new(request: HttpRequest, name: str, pk: int) -> HttpResponse:
    """Kind, number and day come filled with what the owner says."""
    owner = _owner(request, name, pk)
    need_add(request.user, owner)
    form = DocumentForm(request.POST or None, request.FILES or None, initial=known_of(owner))
    place = ProjectDocument(**{name: owner})
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            document = add_document(owner=owner, by=request.user, **form.cleaned_data)
        if not told.refused:
            messages.success(request, f"已上传“{document.title}”。")
            return redirect(place.owner_url)
    return render(request, "documents/new.html", {"form": form, "place": place}, status=422 if form.errors else 200)


@require_GET
def document_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file, for those who see its owner; a withdrawn one too, for it is evidence of what was."""
    return uploads.send(_document(request, pk).upload)


@require_http_methods(["GET", "POST"])
def document_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    document = _document(request, pk)
    need_withdraw(request.user, document)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            withdraw_document(document=document, by=request.user, **form.cleaned_data)
        if not told.refused:
            messages.success(request, f"已撤回“{document.title}”。")
            return redirect(document.owner_url)
    return render(request, "documents/withdraw.html", {"form": form, "document": document}, status=422 if form.errors else 200)
