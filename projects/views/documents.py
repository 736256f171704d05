"""资料 of a project: the tab, uploading, handing out and withdrawing one file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from linkage import access, uploads
from linkage.views.pages import telling_form
from projects.actions.document import ADD, add_document, may_withdraw, withdraw_document
from projects.forms.document import DocumentForm, WithdrawForm
from projects.models import Project, ProjectDocument
from projects.views.dossier.tabs import Shown, Tab

MOST_ROWS = 200


def documents(user, shown: Shown) -> dict[str, Any]:
    """Files of the project, standing ones first by kind; withdrawn ones below with their reason. One query."""
    rows = shown.project.documents.select_related("upload", "kind", "added_by", "withdrawn_by", "project__unit")
    found = list(rows.order_by("kind__display_order", "-added_at", "-pk")[:MOST_ROWS])
    for row in found:
        row.project = shown.project  # the rights below ask it for its unit and task
    return {
        "documents": [(row, may_withdraw(user, row)) for row in found if not row.withdrawn_at], "withdrawn": [row for row in found if row.withdrawn_at],
        "pictures": [row for row in found if row.is_picture and not row.withdrawn_at], "may_add": access.may(user, ADD, shown.project),
    }  # fmt: skip


TAB = Tab("documents", "资料", 80, "projects/dossier/_documents.html", documents)


def _project(request: HttpRequest, pk: int) -> Project:
    return get_object_or_404(Project.objects.visible_to(request.user).select_related("unit"), pk=pk)


def _document(request: HttpRequest, pk: int, number: int) -> ProjectDocument:
    rows = ProjectDocument.objects.visible_to(request.user).select_related("upload", "project__unit")
    return get_object_or_404(rows, pk=number, project=pk)


@require_http_methods(["GET", "POST"])
def document_new(request: HttpRequest, pk: int) -> HttpResponse:
    project = _project(request, pk)
    if not access.may(request.user, ADD, project):
        raise access.Denied("您的岗位不能给这个项目上传资料。", ADD, target=project)
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            document = add_document(project=project, by=request.user, **form.cleaned_data)
        if not told.refused:
            messages.success(request, f"已上传“{document.title}”。")
            return redirect("project-tab-documents", pk=project.pk)
    return render(request, "projects/document_new.html", {"form": form, "project": project}, status=422 if form.errors else 200)


@require_GET
def document_file(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """The file, for those who see the project; a withdrawn one too, for it is evidence of what was."""
    return uploads.send(_document(request, pk, number).upload)


@require_http_methods(["GET", "POST"])
def document_withdraw(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    document = _document(request, pk, number)
    if not may_withdraw(request.user, document):
        raise access.Denied("只有上传人和项目填报员可以撤回资料。", "project.edit", target=document.project)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            withdraw_document(document=document, by=request.user, **form.cleaned_data)
        if not told.refused:
            messages.success(request, f"已撤回“{document.title}”。")
            return redirect("project-tab-documents", pk=pk)
    context = {"form": form, "document": document, "project": document.project}
    return render(request, "projects/document_withdraw.html", context, status=422 if form.errors else 200)
