"""What happens around every request."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from linkage import audit, rules
from linkage.net import client_address


class ClientAddress:
    """Everything recorded while a request runs carries the address it came from."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.from_address(client_address(request) or None):
            return self.get_response(request)


class OneRuleBook:
    """The rules are read at most once per request, and every figure on a page follows the same reading."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with rules.one_book():
            return self.get_response(request)


def wants_json(request: HttpRequest) -> bool:
    """A script asks, not a person: it cannot follow a redirect to a form."""
    return request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", "")


class PasswordChangeRequired:
    """A person with an initial password reaches nothing before it is changed (features 12.6: one-time passwords)."""

    OPEN = ("password", "logout", "login", "login_inline", "healthz", "loading")

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or not user.must_change_password or request.path in map(reverse, self.OPEN):
            return self.get_response(request)
        if wants_json(request):
            return JsonResponse({"code": "password_change", "detail": "请先修改初始密码。", "fields": {}}, status=403)
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": reverse("password")})
        return redirect("password")
