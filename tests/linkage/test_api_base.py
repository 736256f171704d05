"""The ground of the API: who asks, default nothing, one form of refusal, money as strings, pages, schema."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.management import call_command
from django.db import IntegrityError
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate

from funds.models import TargetNode
from linkage import audit, periods
from linkage.actions import tokens
from linkage.api import ScopedViewSet, Serializer
from linkage.api_defaults import TokenThrottle
from linkage.api_errors import flatten
from linkage.api_urls import _router
from linkage.checks import Problem, Severity
from linkage.errors import ProblemsFound, Refusal
from linkage.models import ApiToken, AuditEvent, Notification, Region, Role, Seat, User
from projects.models import Project
from tests.world import SINCE


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def machine(world):
    """An interface account that sits where the clerk of huma sits."""
    return world.machine(like=world.huma_clerk)


@pytest.fixture
def key(world, machine):
    """A token of the interface account, good for a month."""
    until = world.at(16, 0, month=12)
    return tokens.issue(name="财政前置机", user=machine, expires_at=until, by=world.admin, at=world.at(16, 8))[1]


def call(api, key, path="/api/v1/notifications/"):
    return api.get(path, headers={"authorization": f"Token {key}"})


def refusal(response):
    body = json.loads(response.content)
    assert set(body) == {"code", "detail", "fields"}
    return response.status_code, body["code"]


# --- who asks ----------------------------------------------------------------------------------------------------------


def test_without_token_or_session_the_answer_is_401(db, api):
    response = api.get("/api/v1/regions/")
    assert refusal(response) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == "Token"


def test_a_token_acts_as_its_interface_account(world, api, key, machine):
    Notification.objects.create(user=machine, dedupe_key="a", title="退回", created_at=world.at(16))
    Notification.objects.create(user=world.huma_clerk, dedupe_key="a", title="别人的", created_at=world.at(16))
    response = call(api, key)
    assert [row["title"] for row in response.json()["results"]] == ["退回"]


def test_the_key_itself_is_nowhere_kept(world, key):
    token = ApiToken.objects.get()
    assert token.key_hash == tokens.hash_of(key) != key
    assert key not in str(ApiToken.objects.values().get())


@pytest.mark.parametrize("header, code", [
    ("Token lk_wrong", "token_unknown"), ("Token", "token_malformed"), ("Token a b", "token_malformed"), ("Token ö", "token_unknown"),
])  # fmt: skip
def test_a_wrong_token_is_401(db, api, header, code):
    assert refusal(api.get("/api/v1/regions/", headers={"authorization": header})) == (401, code)


def test_an_expired_token_is_401_from_the_very_moment(world, api, key):
    with periods.clock(world.at(16, 0, month=12) - timedelta(seconds=1)):
        assert call(api, key).status_code == 200
    with periods.clock(world.at(16, 0, month=12)):
        assert refusal(call(api, key)) == (401, "token_expired")


def test_a_revoked_token_and_one_of_a_closed_account_are_401(world, api, key, machine):
    tokens.revoke(token=ApiToken.objects.get(), by=world.admin)
    assert refusal(call(api, key)) == (401, "token_revoked")
    ApiToken.objects.update(revoked_at=None)
    machine.is_active = False
    machine.save()
    assert refusal(call(api, key)) == (401, "token_revoked")


def test_a_token_in_the_name_of_a_person_is_401_whatever_the_person_s_password(world, api, key):
    for person in (world.huma_clerk, world.secadmin, world.admin):
        for must_change in (False, True):
            User.objects.filter(pk=person.pk).update(must_change_password=must_change)
            ApiToken.objects.update(user=person)
            assert refusal(call(api, key)) == (401, "token_person")


def test_without_seats_a_token_sees_no_rows(world, api, key, machine):
    world.project(world.huma, "村内道路")
    assert call(api, key, "/api/v1/projects/").json()["count"] == 1
    machine.seats.all().delete()
    assert call(api, key, "/api/v1/projects/").json()["count"] == 0


def test_last_use_is_noted_at_most_once_a_minute(world, api, key):
    for minute, second in ((0, 0), (0, 59), (1, 1)):
        with periods.clock(world.at(16, 9, minute) + timedelta(seconds=second)):
            call(api, key)
            if second == 59:
                assert ApiToken.objects.get().last_used_at == world.at(16, 9)
    assert ApiToken.objects.get().last_used_at == world.at(16, 9, 1) + timedelta(seconds=1)


def test_a_session_works_and_writing_with_it_needs_the_csrf_token(world):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.huma_clerk, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/regions/").status_code == 200
    assert refusal(client.post("/api/v1/notifications/read-all/")) == (403, "permission_denied")


def test_a_token_that_calls_too_often_is_429_and_people_are_not(world, api, key, monkeypatch):
    cache.clear()
    monkeypatch.setattr(TokenThrottle, "get_rate", lambda self: "2/min")
    assert [call(api, key).status_code for _ in range(3)] == [200, 200, 429]
    assert refusal(call(api, key)) == (429, "throttled")
    client = world.client(world.huma_clerk)
    assert [client.get("/api/v1/regions/").status_code for _ in range(4)] == [200] * 4
    cache.clear()


def test_the_trail_names_the_system_that_called(world, api, key, machine, monkeypatch):
    def record_too(notification, by):
        audit.record(by=by, verb="已读", target=world.huma)

    monkeypatch.setattr("linkage.api.inbox.mark_read", record_too)
    for caller in (machine, world.huma_clerk):
        notice = Notification.objects.create(user=caller, dedupe_key="a", title="退回", created_at=world.at(16))
        address = f"/api/v1/notifications/{notice.pk}/read/"
        if caller is machine:
            api.post(address, headers={"authorization": f"Token {key}"})
        else:
            world.client(caller).post(address)
    by_token, by_hand = AuditEvent.objects.filter(verb="已读").order_by("pk")
    assert by_token.seat == "呼玛县·县级填报员（经接口：财政前置机）"
    assert by_hand.seat == "呼玛县·县级填报员"
    assert by_token.address == "127.0.0.1"


# --- default nothing ---------------------------------------------------------------------------------------------------


class ProjectSerializer(Serializer):
    class Meta:
        model = Project
        fields = ["id", "name", "planned_investment_yuan"]


class ProjectViewSet(ScopedViewSet):
    queryset = Project.objects.order_by("pk")
    serializer_class = ProjectSerializer
    allows = {"list": None, "retrieve": None, "mark": "project.edit", "fail": None}

    @action(methods=["post"], detail=True)
    def mark(self, request, pk=None):
        return Response({"marked": self.get_object().name})

    @action(methods=["post"], detail=True)
    def forgotten(self, request, pk=None):
        raise AssertionError("not in `allows`: never reached")

    @action(methods=["post"], detail=False)
    def fail(self, request):
        raise self.error


def ask(user, name, method="get", pk=None, error=None):
    request = getattr(APIRequestFactory(), method)("/")
    force_authenticate(request, user)
    view = ProjectViewSet.as_view({method: name})
    view.cls.error = error
    response = view(request, **({"pk": pk} if pk else {}))
    response.render()
    return response


def test_lists_hold_what_is_in_sight(world):
    world.project(world.huma, "呼玛冷链"), world.project(world.mohe, "漠河晒场")
    assert [row["name"] for row in ask(world.huma_clerk, "list").data["results"]] == ["呼玛冷链"]
    assert ask(world.secaudit, "list").data["results"] == []


def test_out_of_sight_is_404_and_in_sight_without_the_right_403(world):
    mine, foreign = world.project(world.huma, "呼玛冷链"), world.project(world.mohe, "漠河晒场")
    assert refusal(ask(world.huma_clerk, "retrieve", pk=foreign.pk)) == (404, "not_found")
    assert refusal(ask(world.huma_clerk, "mark", "post", pk=foreign.pk)) == (404, "not_found")
    assert refusal(ask(world.huma_chief, "mark", "post", pk=mine.pk)) == (403, "permission_denied")
    assert ask(world.huma_clerk, "mark", "post", pk=mine.pk).data == {"marked": "呼玛冷链"}


def test_the_right_is_asked_for_the_object_itself(world):
    """A clerk of mohe who may also read everything has no right to write in huma."""
    Seat.objects.create(user=world.mohe_clerk, role=Role.LEADER, region=world.prefecture, since=SINCE)
    project = world.project(world.huma, "呼玛冷链")
    assert ask(world.mohe_clerk, "retrieve", pk=project.pk).status_code == 200
    assert refusal(ask(world.mohe_clerk, "mark", "post", pk=project.pk)) == (403, "permission_denied")


def test_an_action_not_named_in_allows_is_refused_to_everybody(world):
    project = world.project(world.huma, "呼玛冷链")
    for user in (world.huma_clerk, world.office_head):
        assert refusal(ask(user, "forgotten", "post", pk=project.pk)) == (403, "permission_denied")


def test_a_method_that_does_not_exist_is_405(world):
    response = world.client(world.huma_clerk).delete("/api/v1/regions/huma/")
    assert refusal(response) == (405, "method_not_allowed")


def test_an_unknown_address_is_a_404_in_the_api_s_own_form(world, api):
    assert refusal(world.client(world.huma_clerk).get("/api/v1/no-such-noun/")) == (404, "not_found")
    assert refusal(api.get("/api/v1/no-such-noun/")) == (401, "not_authenticated")


# --- refusals ----------------------------------------------------------------------------------------------------------


def fail(world, error):
    response = ask(world.huma_clerk, "fail", "post", error=error)
    return response.status_code, json.loads(response.content)


def test_a_refusal_is_409_with_its_own_code(world):
    assert fail(world, Refusal("已上报，不能再改。", code="wrong_state")) == (
        409, {"code": "wrong_state", "detail": "已上报，不能再改。", "fields": {}},
    )  # fmt: skip


def test_checks_in_the_way_are_listed_by_place(world):
    problems = [
        Problem("falling", Severity.MUST, "低于上期", "请核对", place="progress", row=3),
        Problem("empty", Severity.MUST, "没有行", "请填报"),
    ]
    status, body = fail(world, ProblemsFound("不能上报。", problems))
    assert (status, body["code"]) == (409, "problems")
    assert body["fields"] == {"3.progress": ["低于上期"], "empty": ["没有行"]}


def test_a_constraint_of_the_database_is_409_without_its_inner_words(world):
    status, body = fail(world, IntegrityError("UNIQUE constraint failed: funds_voucher.key"))
    assert (status, body["code"], body["fields"]) == (409, "conflict", {})
    assert "UNIQUE" not in body["detail"]


def test_wrong_content_is_400_by_field(world):
    error = serializers.ValidationError({"amount_yuan": ["须大于零"], "non_field_errors": ["日期相反"]})
    assert fail(world, error) == (400, {"code": "invalid", "detail": "须大于零", "fields": {"amount_yuan": ["须大于零"]}})
    error = DjangoValidationError({"due_on": ["早于发现日期"]})
    assert fail(world, error)[1]["fields"] == {"due_on": ["早于发现日期"]}
    assert fail(world, DjangoValidationError("不成立"))[1] == {"code": "invalid", "detail": "不成立", "fields": {}}


def test_nested_details_become_places():
    assert flatten({"rows": [{}, {"paid_on": ["缺"]}], "__all__": ["总数不符"]}) == {"rows.1.paid_on": ["缺"], "": ["总数不符"]}
    assert flatten([{"key": ["重复"]}, {}]) == {"0.key": ["重复"]}
    assert flatten(["太短", "太旧"]) == {"": ["太短", "太旧"]}
    assert flatten({"site": {"town": ["不认识"]}}) == {"site.town": ["不认识"]}


def test_an_error_of_the_programme_is_not_dressed_up_as_a_refusal(world):
    with pytest.raises(ZeroDivisionError):
        ask(world.huma_clerk, "fail", "post", error=ZeroDivisionError())


# --- money, pages, nouns -----------------------------------------------------------------------------------------------


def test_money_is_a_string_of_yuan_with_two_decimals(world):
    project = world.project(world.huma, "呼玛冷链", planned_investment_yuan=Decimal("1825000.5"))
    response = ask(world.huma_clerk, "retrieve", pk=project.pk)
    assert json.loads(response.content)["planned_investment_yuan"] == "1825000.50"


@pytest.mark.parametrize("given", ["12.345", "abc", "99999999999999999"])
def test_money_that_is_no_amount_is_refused(given):
    serializer = ProjectSerializer(data={"name": "项目", "planned_investment_yuan": given})
    assert not serializer.is_valid()
    assert list(serializer.errors) == ["planned_investment_yuan"]


def test_ratios_are_strings_between_nought_and_one():
    ratio = next(field.name for field in TargetNode._meta.fields if field.name.endswith("_ratio"))

    class NodeSerializer(Serializer):
        class Meta:
            model = TargetNode
            fields = [ratio]

    assert NodeSerializer(TargetNode(**{ratio: Decimal("0.7421")})).data[ratio] == "0.7421"


def test_lists_come_in_pages_of_fifty_and_at_most_five_hundred(world):
    Notification.objects.bulk_create(
        Notification(user=world.huma_clerk, dedupe_key=str(n), title=f"通知{n}", created_at=world.at(16)) for n in range(510)
    )
    client = world.client(world.huma_clerk)
    body = client.get("/api/v1/notifications/").json()
    assert (body["count"], len(body["results"])) == (510, 50)
    assert "page=2" in body["next"]
    assert len(client.get("/api/v1/notifications/?page_size=9999").json()["results"]) == 500
    assert refusal(client.get("/api/v1/notifications/?page=99")) == (404, "not_found")


def test_a_list_costs_the_same_with_one_row_and_with_twenty(world, django_assert_num_queries):
    client = world.client(world.office)
    for size in (1, 20):
        with django_assert_num_queries(6):  # session, user, seats, functions … of the asking office, count, rows
            client.get(f"/api/v1/organisations/?page_size={size}")


def test_filters_of_the_nouns(world):
    client = world.client(world.huma_clerk)
    slugs = [row["slug"] for row in client.get("/api/v1/regions/?is_reporting=true").json()["results"]]
    assert slugs == ["mohe", "huma", "jiagedaqi", "diqu"]
    assert client.get("/api/v1/regions/huma/").json()["parent"] == "dxal"
    rows = client.get("/api/v1/organisations/?region=huma").json()["results"]
    assert {"name": "呼玛县财政局", "functions": ["finance"]}.items() <= {
        name: next(row for row in rows if row["name"] == "呼玛县财政局")[name] for name in ("name", "functions")
    }.items()
    assert refusal(client.get("/api/v1/regions/?kind=planet")) == (400, "invalid")


def test_notices_are_read_by_their_owner_only(world):
    mine = Notification.objects.create(user=world.huma_clerk, dedupe_key="a", title="退回", created_at=world.at(16))
    foreign = Notification.objects.create(user=world.mohe_clerk, dedupe_key="a", title="退回", created_at=world.at(16))
    client = world.client(world.huma_clerk)
    assert client.post(f"/api/v1/notifications/{mine.pk}/read/").json()["read_at"]
    assert refusal(client.post(f"/api/v1/notifications/{foreign.pk}/read/")) == (404, "not_found")
    assert client.post("/api/v1/notifications/read-all/").json() == {"read": 0}
    foreign.refresh_from_db()
    assert foreign.read_at is None


def test_the_root_names_the_nouns(world, api):
    nouns = world.client(world.huma_clerk).get("/api/v1/").json()
    assert {"regions", "organisations", "notifications"} <= set(nouns)
    assert api.get("/api/v1/").status_code == 401


# --- schema and documentation ------------------------------------------------------------------------------------------


def test_the_schema_is_valid_and_without_warnings(db):
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_schema_is_for_people_who_are_logged_in(world, api):
    assert api.get("/api/v1/schema/").status_code == 401
    body = world.client(world.huma_clerk).get("/api/v1/schema/?format=json").json()
    operation = body["paths"]["/api/v1/notifications/{id}/read/"]["post"]
    assert {"200", "401", "403", "404", "409", "429"} <= set(operation["responses"])
    assert body["components"]["securitySchemes"]["token"]["in"] == "header"


def test_the_documentation_holds_no_inline_script_or_style_and_nothing_from_outside(world, client):
    assert client.get("/api/v1/docs/").status_code == 302
    page = world.client(world.huma_clerk).get("/api/v1/docs/")
    html = page.content.decode()
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_every_noun_s_queryset_knows_whose_rows_they_are(db):
    for _, viewset, _ in _router().registry:
        if getattr(viewset, "queryset", None) is not None:
            assert hasattr(viewset.queryset, "visible_to"), viewset


def test_regions_are_no_secret_but_need_a_log_in(world):
    assert Region.objects.visible_to(world.admin).count() == Region.objects.count()
