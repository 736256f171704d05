"""/procedures/catalogue/: what may have to be gone through; read by all, kept by the head of the office (features 3.1)."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linkage import access, periods
from linkage.views.pages import needs, paged, refusal_to_message, require, telling, telling_form
from projects.actions import catalogue as acts
from projects.actions.catalogue_reach import apply_to_lists, reaches_nobody
from projects.figures.catalogue_reach import reach
from projects.forms.procedure import GroundForm, KindForm, NewKindForm, TermForm
from projects.models import ExemptionGround, Method, ProcedureKind
from projects.states.procedures import KEEP


def _term_on(kind: ProcedureKind, day):
    return next((term for term in kind.terms.all() if term.effective_from <= day), None)


def _methods(kind: ProcedureKind) -> str:
    return "、".join(str(Method(value).label) for value in kind.methods if value in Method.values)


def _row(kind: ProcedureKind, day) -> dict:
    term = _term_on(kind, day)
    return {"kind": kind, "term": term, "methods": _methods(kind), "is_verified": kind.is_verified and (term is None or term.is_verified)}


@require_GET
@needs("period.read")
def catalogue(request: HttpRequest) -> HttpResponse:
    today = periods.today()
    kinds = list(ProcedureKind.objects.select_related("matter").prefetch_related("terms", "exemptions", "prerequisites"))
    rows = [_row(kind, today) for kind in kinds]
    unverified = sum(not row["is_verified"] for row in rows)
    ahead = sum(kind.is_ahead_of_lists for kind in kinds)
    context = {"rows": rows, "ahead": ahead, "may_keep": access.may(request.user, KEEP), "unverified": unverified, "as_of": today}
    return render(request, "procedures/catalogue.html", context)


@require_http_methods(["GET", "POST"])
@needs(KEEP)
def kind_new(request: HttpRequest) -> HttpResponse:
    form = NewKindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            kind = acts.save_kind(
                kind=None, values=form.values, prerequisites=form.cleaned_data["prerequisites"], code=form.cleaned_data["code"], by=request.user
            )
        if not told.refused:
            messages.success(request, f"已登记“{kind}”，请接着填写时限。")
            return redirect("procedure-kind", kind.code)
    return render(request, "procedures/kind_new.html", {"form": form}, status=422 if form.errors else 200)


def _kind(code: str) -> ProcedureKind:
    rows = ProcedureKind.objects.select_related("matter").prefetch_related("terms__author", "exemptions", "prerequisites")
    return get_object_or_404(rows, code=code)


@require_http_methods(["GET", "POST"])
@needs("period.read")
def kind_page(request: HttpRequest, code: str) -> HttpResponse:
    """Everybody reads; the head of the office changes."""
    kind = _kind(code)
    if request.method == "GET":
        return _page(request, kind)
    _require_keeper(request)
    form = KindForm(request.POST, kind=kind)

    def save() -> None:
        given = form.cleaned_data
        acts.save_kind(kind=kind, values=form.values, prerequisites=given["prerequisites"], revision=given["revision"] or 0, by=request.user)

    return _submitted(request, code, "form", form, save, lambda: _saved(request, kind, f"“{kind}”已修改。"))


def _submitted(request: HttpRequest, code: str, name: str, form: Form, act: Callable[[], object], done: Callable[[], HttpResponse]) -> HttpResponse:
    """One of the forms of the page: done and on, or the page with what was typed."""
    if form.is_valid():
        with telling_form(form) as told:
            act()
        if not told.refused:
            return done()
    return _page(request, _kind(code), status=422, **{name: form})


def _saved(request: HttpRequest, kind: ProcedureKind, done: str) -> HttpResponse:
    """Lists are never changed in passing: where some would be, the reader is shown which."""
    if reaches_nobody(kind):
        messages.success(request, f"{done}没有项目清单因此改变，用于以后生成的清单。")
        return redirect("procedure-kind", kind.code)
    messages.success(request, f"{done}已生成的清单还没有动，请核对影响范围。")
    return redirect("procedure-kind-reach", kind.code)


@require_http_methods(["GET", "POST"])
@needs(KEEP)
def kind_reach(request: HttpRequest, code: str) -> HttpResponse:
    """这次修改影响 n 个项目的清单: which, how, and the act that applies it."""
    kind = _kind(code)
    if request.method == "POST":
        with telling(request) as told:
            found = apply_to_lists(kind=kind, mark=request.POST.get("mark", ""), by=request.user)
        if not told.refused:
            messages.success(request, f"已应用到 {found.projects} 个项目的清单：{found.words or '没有变化'}。有关县会收到通知。")
            return redirect("procedure-kind", code)
        return redirect("procedure-kind-reach", code)
    found = reach(kind)
    return render(request, "procedures/reach.html", {"kind": kind, "found": found, "page": paged(request, found.changes), "as_of": periods.today()})


def _require_keeper(request: HttpRequest) -> None:
    require(request.user, KEEP)


def _page(request: HttpRequest, kind: ProcedureKind, *, status: int = 200, **bound) -> HttpResponse:
    may_keep, today = access.may(request.user, KEEP), periods.today()
    forms = {"form": KindForm(kind=kind), "term_form": TermForm(initial={"effective_from": today}), "ground_form": GroundForm()} if may_keep else {}
    context = {
        "kind": kind, "term": _term_on(kind, today), "methods": _methods(kind), "may_keep": may_keep, "today": today, "form": None, "term_form": None,
        "ground_form": None, "ahead": reach(kind) if may_keep and kind.is_ahead_of_lists else None, "refused": next(iter(bound.values()), None),
    }  # fmt: skip
    return render(request, "procedures/kind.html", context | forms | bound, status=status)


@require_POST
@needs(KEEP)
def kind_term(request: HttpRequest, code: str) -> HttpResponse:
    kind, form = _kind(code), TermForm(request.POST)

    def change() -> None:
        acts.change_term(kind=kind, by=request.user, **form.cleaned_data)

    return _submitted(request, code, "term_form", form, change, lambda: _saved(request, kind, "时限已修改。已受理的手续按受理之日的时限。"))


@require_POST
@needs(KEEP)
def kind_ground(request: HttpRequest, code: str) -> HttpResponse:
    kind, form = _kind(code), GroundForm(request.POST)

    def registered() -> HttpResponse:
        messages.success(request, "免办情形已登记。")
        return redirect("procedure-kind", code)

    return _submitted(request, code, "ground_form", form, lambda: acts.add_ground(kind=kind, by=request.user, **form.cleaned_data), registered)


@require_POST
@needs(KEEP)
@refusal_to_message(lambda request, code, pk: f"/procedures/catalogue/{code}/")
def kind_ground_drop(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    ground = get_object_or_404(ExemptionGround.objects.select_related("kind__matter"), pk=pk, kind__code=code)
    acts.drop_ground(ground=ground, by=request.user)
    messages.success(request, "已删除，以后不再提供。")
    return redirect("procedure-kind", code)
