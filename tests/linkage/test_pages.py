"""What every page leans on: the guard, refusals in words, pages of a list, the way back."""

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpResponse

from linkage.checks import Problem, Severity
from linkage.errors import ProblemsFound, Refusal
from linkage.views import pages


def request_of(rf, user=None, method="get", path="/", data=None):
    request = getattr(rf, method)(path, data or {})
    request.user, request._messages = user, CookieStorage(None)
    return request


def told(request):
    return [str(message) for message in request._messages._queued_messages]


def test_one_of_the_named_permissions_suffices(world, rf):
    view = pages.needs("rule.edit", "period.read")(lambda request: HttpResponse("ok"))
    assert view(request_of(rf, world.huma_clerk)).content == b"ok"
    with pytest.raises(PermissionDenied):
        view(request_of(rf, world.secadmin))


def test_the_right_can_be_asked_for_one_object(world):
    pages.require(world.huma_clerk, "weekly.fill", target=world.huma)
    with pytest.raises(PermissionDenied):
        pages.require(world.huma_clerk, "weekly.fill", target=world.mohe)


def test_a_refusal_becomes_a_message_and_the_way_back(rf):
    @pages.refusal_to_message(lambda request, key: f"/weekly/{key}/")
    def view(request, key):
        raise Refusal("已上报，不能再改。")

    request = request_of(rf, method="post")
    response = view(request, key="2026-W47")
    assert (response.status_code, response.url) == (302, "/weekly/2026-W47/")
    assert told(request) == ["已上报，不能再改。"]


def test_other_errors_pass_through(rf):
    @pages.refusal_to_message("rules")
    def view(request):
        raise PermissionDenied

    with pytest.raises(PermissionDenied):
        view(request_of(rf, method="post"))


def test_telling_says_whether_it_was_refused(rf):
    request = request_of(rf)
    with pages.telling(request) as outcome:
        pass
    assert not outcome.refused
    with pages.telling(request) as outcome:
        raise Refusal("不行。")
    assert outcome.refused and told(request) == ["不行。"]


def test_a_refusal_of_a_form_s_act_stands_in_the_form():
    form = Form({})
    assert form.is_valid()
    with pages.telling_form(form) as outcome:
        raise Refusal("日期相反。")
    assert outcome.refused and form.non_field_errors() == ["日期相反。"]


def test_with_checks_in_the_way_the_first_three_are_named():
    problems = [Problem(f"c{n}", Severity.MUST, f"第{n}处", "请核对") for n in range(1, 6)]
    assert pages.refusal_words(ProblemsFound("不能上报：", problems[:2])) == "不能上报：第1处；第2处"
    assert pages.refusal_words(ProblemsFound("不能上报：", problems)) == "不能上报：第1处；第2处；第3处等 5 处"


@pytest.mark.parametrize("asked, given", [("2", 2), ("99", 3), ("", 1), ("abc", 1), ("0", 3), ("-1", 3)])
def test_a_page_that_does_not_exist_gives_the_nearest(rf, asked, given):
    assert pages.paged(request_of(rf, path=f"/?page={asked}"), list(range(25)), per_page=10).number == given


def test_parameters_are_carried_without_the_page(rf):
    request = request_of(rf, path="/?unit=huma&unit=mohe&page=3&sort=name")
    assert pages.query_without(request) == "unit=huma&unit=mohe&sort=name"
    assert pages.query_without(request, "sort", "unit") == ""


@pytest.mark.parametrize("wanted, leads", [
    ("/weekly/", "/weekly/"), ("https://example.org/", "/rules/"), ("//example.org", "/rules/"), ("", "/rules/"),
    ("javascript:alert(1)", "/rules/"),
])  # fmt: skip
def test_the_way_back_never_leaves_the_site(rf, wanted, leads):
    assert pages.back_to(request_of(rf, method="post", data={"next": wanted}), "rules").url == leads
