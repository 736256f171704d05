"""The page of a refusal (403): what was not done, whose step it is, whom to ask, where to go on."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from linkage import access, periods
from linkage.figures import who_may


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403. Names are shown only to people who hold a seat themselves."""
    asked = [one for one in getattr(exception, "permissions", ()) if one]
    target = getattr(exception, "target", access.Unscoped.ANYWHERE)
    today, user = periods.today(), request.user
    seats = access.grants_of(user)
    return render(
        request,
        "403.html",
        {
            "words": str(exception) or "您的岗位不能办理这一步。",
            "roles": who_may.role_words(asked),
            "people": who_may.people_to_ask(user, asked, target, on=today) if asked and seats else [],
            "own": [seat.label for seat in seats],
            "keepers": [keeper for keeper in who_may.keepers(on=today) if keeper != user] if user.is_authenticated else [],
            "back": _came_from(request),
        },
        status=403,
    )


def _came_from(request: HttpRequest) -> str:
    """The page of this site on which the person was, if it is another one than the refused."""
    referer = request.headers.get("Referer", "")
    inside = url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    path = urlsplit(referer).path
    return referer if inside and path not in ("", request.path) else ""
