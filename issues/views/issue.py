"""/issues/<pk>/: facts, the timeline as a conversation, and what is needed next; and raising a finding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from issues import states
from issues.actions import ledger
from issues.forms import AcceptForm, CloseForm, ClosureForm, IssueForm, NoteForm, ReturnForm
from issues.models import Issue
from issues.notices import due_at
from linkage import access
from linkage.states import Transition, allowed
from linkage.views.pages import Told, needs, telling_form
from projects.actions.help_hats import may_raise
from projects.models import Project


@dataclass(frozen=True)
class Step:
    """One move on the page: its form and the action behind it."""

    transition: Transition
    form: type[forms.Form]
    action: Callable
    css: str = "btn-primary"


STEPS = {
    "accept": Step(states.ACCEPT, AcceptForm, ledger.accept),
    "request_closure": Step(states.REQUEST_CLOSURE, ClosureForm, ledger.request_closure),
    "close": Step(states.CLOSE, CloseForm, ledger.close),
    "return": Step(states.RETURN, ReturnForm, ledger.return_, "btn-outline"),
}


def _issue(request: HttpRequest, pk: int) -> Issue:
    rows = Issue.objects.visible_to(request.user).select_related(
        "unit", "project", "task", "cause", "step", "lead", "raised_by", "rectified_by", "closed_by"
    )
    return get_object_or_404(rows, pk=pk)


@require_GET
def issue_page(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, _issue(request, pk))


def _page(request: HttpRequest, issue: Issue, bound: tuple[str, forms.Form] | None = None, status: int = 200) -> HttpResponse:
    """The page, with the refused form kept as it was typed."""
    bound_name, bound_form = bound or ("", None)
    note = bound_form if bound_name == "note" else NoteForm()
    what, who = states.NEXT_STEP.get(issue.state, ("", ""))
    open_steps = [
        {
            "name": name, "label": step.transition.label, "css": step.css,
            "form": bound_form if name == bound_name else step.form(initial={"revision": issue.revision}, auto_id=f"{name}-%s"),
        }
        for name, step in STEPS.items()
        if allowed(issue, step.transition, request.user)
    ]  # fmt: skip
    judges = issue.state == states.CLOSING and access.may(request.user, states.CLOSE_RIGHT, issue)
    if judges and ledger.took_part(issue, request.user):
        open_steps = []
    context = {
        "issue": issue, "entries": timeline(issue), "facts": facts(issue), "what": what, "who": who, "due_at": due_at(issue),
        "steps": open_steps,
        "is_own_work": judges and not open_steps,
        "note_form": note if issue.state in states.NOTABLE and access.may(request.user, states.NOTE, issue) else None,
        "refused": bound_form, "help_url": _help_url(request, issue),
    }  # fmt: skip
    return render(request, "issues/issue.html", context, status=status)


def _help_url(request: HttpRequest, issue: Issue) -> str:
    """提请协调 about this issue: what is known goes along as words and an address, so that projects need not know of issues."""
    if issue.state == states.CLOSED or not may_raise(request.user, issue.project or issue.unit):
        return ""
    place = {"project": issue.project_id} if issue.project_id else {"unit": issue.unit.slug}
    known = {"origin": "issue", "label": f"{issue.code} {issue.title}"[:160], "url": issue.get_absolute_url()}
    return f"{reverse('help-new')}?{urlencode(place | known)}"


def facts(issue: Issue) -> list[tuple]:
    """What is known, as term, value and perhaps link; what is not known is left out."""
    project = (str(issue.project), issue.project.get_absolute_url()) if issue.project else ("",)
    items = [
        ("责任地区", issue.unit.name), ("项目", *project), ("资金任务", str(issue.task or "")),
        ("来源", issue.origin_words, issue.origin_url), ("程度", issue.get_severity_display()), ("原因", str(issue.cause or "")),
        ("环节", str(issue.step or "")), ("牵头整改单位", str(issue.lead or "")), ("责任人", issue.responsible),
        ("发现日期", f"{issue.raised_on:%Y-%m-%d}"), ("完成时限", f"{issue.due_on:%Y-%m-%d}"), ("登记人", str(issue.raised_by or "")),
        ("整改措施", issue.measures),
    ]  # fmt: skip
    return [item for item in items if item[1]]


WORDS = {
    "raise": ("登记问题", "info"), "accept": ("签收", "none"), "request_closure": ("申请销号", "info"), "close": ("销号", "ok"),
    "return": ("退回整改", "warn"),
}  # fmt: skip


def timeline(issue: Issue) -> list[dict]:
    """Moves and notes in one conversation, oldest first. Two queries."""
    entries = []
    for row in issue.transitions.all():
        what, tone = WORDS.get(row.name, (row.name, "none"))
        text = "" if row.name == "raise" else row.reason  # the description stands above
        entries.append({"at": row.at, "who": f"{row.by_name} {row.seat}".strip(), "what": what, "text": text, "tone": tone})
    for note in issue.notes.select_related("by"):
        what = "整改进展（周调度）" if note.statement_key else "整改进展"
        entries.append({"at": note.at, "who": str(note.by or "系统"), "what": what, "text": note.text, "tone": "none"})
    return sorted(entries, key=lambda entry: entry["at"])


@require_POST
def issue_step(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """签收, 申请销号, 销号, 退回: one form, one action."""
    issue = _issue(request, pk)
    step = get_step(name)
    if not access.may(request.user, step.transition.permission, issue):
        raise access.Denied(f"您的岗位不能{step.transition.label}。", step.transition.permission, target=issue)
    form = step.form(request.POST, auto_id=f"{name}-%s")
    if form.is_valid():
        with telling_form(form, issue) as told:
            step.action(issue=issue, by=request.user, **form.cleaned_data)
        return _done(request, issue, told, (name, form), f"已{step.transition.label}。")
    return _page(request, issue, (name, form), 422)


def get_step(name: str) -> Step:
    if name not in STEPS:
        raise Http404
    return STEPS[name]


def _done(request: HttpRequest, issue: Issue, told: Told, bound: tuple[str, forms.Form], words: str) -> HttpResponse:
    """Refused: the page as it stands now, the typed text kept under the present revision."""
    if told.refused:
        return _page(request, _issue(request, issue.pk), bound, 409)
    messages.success(request, words)
    return redirect(issue)


@require_POST
def issue_note(request: HttpRequest, pk: int) -> HttpResponse:
    """整改进展 in between two weekly reports."""
    issue = _issue(request, pk)
    if not access.may(request.user, states.NOTE, issue):
        raise access.Denied("您的岗位不能填写整改进展。", states.NOTE, target=issue)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, issue, ("note", form), 422)
    with telling_form(form, issue) as told:
        ledger.add_note(issue=issue, by=request.user, text=form.cleaned_data["text"])
    return _done(request, issue, told, ("note", form), "整改进展已记入。")


@require_http_methods(["GET", "POST"])
@needs(states.RAISE)
def issue_new(request: HttpRequest) -> HttpResponse:
    """Raise a finding; from a project's page unit, task and project are known."""
    project = None
    if wanted := request.GET.get("project"):
        visible = Project.objects.visible_to(request.user).select_related("unit", "task")
        project = get_object_or_404(visible, pk=int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0)
        if not access.may(request.user, states.RAISE, project):
            raise access.Denied("您的岗位不能为这个项目登记问题。", states.RAISE, target=project)
    form = IssueForm(request.POST or None, user=request.user, project=project)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            issue = ledger.raise_issue(by=request.user, **form.values)
        if not told.refused:
            messages.success(request, f"已登记，编号 {issue.code}，完成时限 {issue.due_on:%Y-%m-%d}。")
            return redirect(issue)
    return render(request, "issues/new.html", {"form": form, "project": project}, status=422 if form.errors else 200)
