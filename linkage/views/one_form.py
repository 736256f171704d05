"""A page that is one form: shown, checked, acted on once, refusals beside the fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from .pages import telling_form


@dataclass(frozen=True)
class FormPage:
    """What stands around the form. `crumbs`: (label, address) pairs that lead here; `back`: where 取消 and success go."""

    title: str
    back: str
    crumbs: Sequence[tuple[str, str]] = ()
    hint: str = ""
    submit: str = "保存"
    done: str = "已保存。"


def one_form(request: HttpRequest, form: BaseForm, page: FormPage, act: Callable[[dict], object]) -> HttpResponse:
    """GET shows the form; POST checks it, calls `act(cleaned_data)` and goes back. A Refusal keeps what was typed."""
    if request.method == "POST" and form.is_valid():
        with telling_form(form) as told:
            act(form.cleaned_data)
        if not told.refused:
            messages.success(request, page.done)
            return HttpResponseRedirect(page.back)
    return render(request, "directory/form.html", {"form": form, "page": page}, status=422 if form.errors else 200)
