"""What nearly every page needs: the right asked first, refusals told in words, lists by the page.

A view then reads: guard → object in sight → form → one action → redirect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Model
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from linkage import access
from linkage.errors import ProblemsFound, Refusal

PER_PAGE = 50


def needs(*permissions: str) -> Callable:
    """The page is for those who hold at least one of these permissions somewhere; anybody else gets a 403.

    Where the right hangs on one object the view asks again: `access.may(user, permission, obj)`.
    """

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            require(request.user, *permissions)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require(user, *permissions: str, target=access.Unscoped.ANYWHERE) -> None:
    """Raise PermissionDenied unless the user holds one of the permissions (for `target`, when given)."""
    if not any(access.may(user, permission, target) for permission in permissions):
        raise access.Denied("您的岗位不能使用这个页面。", *permissions, target=target)


@dataclass
class Told:
    """What became of the act inside `telling` or `telling_form`."""

    refused: bool = False


@contextmanager
def telling(request: HttpRequest) -> Iterator[Told]:
    """An act whose refusal becomes a message on the next page; ask `.refused` afterwards."""
    told = Told()
    try:
        yield told
    except Refusal as refusal:
        told.refused = True
        messages.error(request, refusal_words(refusal))


@contextmanager
def telling_form(form: BaseForm, row: Model | None = None) -> Iterator[Told]:
    """An act whose refusal becomes an error of the form, so that what was typed is kept; ask `.refused` afterwards.

    With `row` the form goes on from the revision at which the row stands now: the person has read what changed, and may save again.
    """
    told = Told()
    try:
        yield told
    except Refusal as refusal:
        told.refused = True
        form.add_error(None, refusal_words(refusal))
        if row is not None:
            form.data = form.data.copy()
            form.data["revision"] = str(type(row)._default_manager.values_list("revision", flat=True).get(pk=row.pk))


def refusal_to_message(back: str | Callable[..., str]) -> Callable:
    """A view whose Refusal becomes a message and a redirect to `back`.

    `back` is a URL name resolved with the view's own keyword arguments, or a callable(request, **kwargs) → address.
    """

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def telling_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except Refusal as refusal:
                messages.error(request, refusal_words(refusal))
                address = back(request, **kwargs) if callable(back) else resolve_url(back, *args, **kwargs)
                return HttpResponseRedirect(address)

        return telling_view

    return decorate


def refusal_words(refusal: Refusal) -> str:
    """The message of a refusal; with checks in the way, the first three of them as well."""
    if not isinstance(refusal, ProblemsFound) or not refusal.problems:
        return refusal.message
    named = "；".join(problem.message for problem in refusal.problems[:3])
    more = f"等 {len(refusal.problems)} 处" if len(refusal.problems) > 3 else ""
    return f"{refusal.message}{named}{more}"


def paged(request: HttpRequest, rows, per_page: int = PER_PAGE, *, count: int | None = None) -> Page:
    """One page of an ordered queryset or list by `?page=`; two queries whatever the number of rows, one when they are counted already.

    A page that does not exist gives the nearest one. `{% pager page %}` keeps the other parameters of the address.
    """
    paginator = Paginator(rows, per_page)
    if count is not None:
        paginator.__dict__["count"] = count  # a cached property: what it would find out is known
    return paginator.get_page(request.GET.get("page"))


def query_without(request: HttpRequest, *names: str) -> str:
    """The address's parameters without these (and without the page), to be carried into a link or an export."""
    query = request.GET.copy()
    for name in ("page", *names):
        query.pop(name, None)
    return query.urlencode()


def back_to(request: HttpRequest, default: str, *args: Any, **kwargs: Any) -> HttpResponseRedirect:
    """Redirect to the form's `next` when it leads into this site, else to the named page."""
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return HttpResponseRedirect(wanted)
    return redirect(default, *args, **kwargs)
