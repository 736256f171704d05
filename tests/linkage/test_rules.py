"""Rules: the value in force on the day of the event; changed with a date and a ground; seen by those concerned."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from linkage import rules
from linkage.actions import rules as acts
from linkage.errors import Refusal
from linkage.middleware import OneRuleBook
from linkage.models import AuditEvent, RuleVersion

CODE = "pace_red_points"


def version(world, value, day, **values):
    return RuleVersion.objects.create(**{
        "code": CODE, "value": value, "effective_from": day, "document": "〔2026〕3号", "created_at": world.at(16),
    } | values)  # fmt: skip


def test_without_any_version_the_catalogue_s_default_holds(world):
    assert rules.get(CODE, on=date(2026, 11, 16)) == 8
    assert rules.book().version(CODE, date(2026, 11, 16)) == (None, 8)


def test_the_value_is_that_of_the_day_of_the_event_not_of_today(world):
    early = version(world, 10, date(2026, 3, 1))
    late = version(world, 5, date(2026, 12, 1))
    assert rules.get(CODE, on=date(2026, 2, 28)) == 8
    assert rules.book().version(CODE, date(2026, 3, 1)) == (early.pk, 10)
    assert rules.book().version(CODE, date(2026, 11, 30)) == (early.pk, 10)
    assert rules.book().version(CODE, date(2026, 12, 1)) == (late.pk, 5)


def test_a_snapshot_names_every_rule_with_its_version(world):
    row = version(world, 10, date(2026, 3, 1))
    snapshot = rules.book().snapshot(date(2026, 11, 16))
    assert set(snapshot) == set(rules.CATALOGUE)
    assert snapshot[CODE] == {"version": row.pk, "value": 10}
    assert snapshot["pace_yellow_points"] == {"version": None, "value": 0}


def test_an_unknown_rule_is_an_error_of_the_programme(world):
    with pytest.raises(KeyError):
        rules.get("no_such_rule", on=date(2026, 11, 16))


def test_within_a_request_the_table_is_read_once(world, django_assert_num_queries):
    with rules.one_book(), django_assert_num_queries(1):
        rules.get(CODE, on=date(2026, 11, 16))
        rules.get("pace_basis", on=date(2026, 1, 1))


def test_the_middleware_holds_one_book_per_request(world, rf, django_assert_num_queries):
    def view(request):
        return rules.get(CODE, on=date(2026, 11, 16)), rules.get("pace_basis", on=date(2026, 1, 1))

    middleware = OneRuleBook(view)
    with django_assert_num_queries(1):
        assert middleware(rf.get("/")) == (8, "treasury")
    version(world, 10, date(2026, 3, 1))
    assert middleware(rf.get("/"))[0] == 10  # the next request reads anew


def test_a_change_within_a_request_is_seen_after_forgetting(world):
    with rules.one_book():
        assert rules.get(CODE, on=date(2026, 11, 16)) == 8
        version(world, 10, date(2026, 3, 1))
        assert rules.get(CODE, on=date(2026, 11, 16)) == 8
        rules.forget()
        assert rules.get(CODE, on=date(2026, 11, 16)) == 10


def test_the_database_refuses_a_change_without_ground(world):
    with pytest.raises(IntegrityError), transaction.atomic():
        version(world, 10, date(2026, 3, 1), document="", reason="", author=world.office_head)


@pytest.mark.parametrize("code, given, stored", [(CODE, "12", 12), ("pace_basis", "county", "county"), ("weekly_due_hour", 0, 0)])
def test_values_are_stored_in_their_own_kind(code, given, stored):
    assert rules.CATALOGUE[code].clean(given) == stored


WRONG = [(CODE, "101"), (CODE, "-1"), (CODE, "eight"), (CODE, ""), (CODE, None), ("pace_basis", "guess"), ("weekly_due_hour", 24)]


@pytest.mark.parametrize("code, given", WRONG)
def test_values_out_of_range_are_refused(code, given):
    with pytest.raises(ValidationError):
        rules.CATALOGUE[code].clean(given)


def change(world, **values):
    return acts.change(**{
        "code": CODE, "value": "10", "effective_from": date(2026, 12, 1), "document": "大行办〔2026〕3号", "by": world.office_head,
        "at": world.at(16, 10),
    } | values)  # fmt: skip


def test_the_office_head_changes_a_rule_from_a_day_on(world):
    row = change(world)
    assert (row.value, row.effective_from, row.author, row.is_verified) == (10, date(2026, 12, 1), world.office_head, True)
    event = AuditEvent.objects.get()
    assert (event.verb, event.before, event.after["value"]) == ("修改规则", {"value": 8}, 10)


@pytest.mark.parametrize("username", ["office", "leader", "huma_chief", "admin", "agri"])
def test_nobody_else_changes_rules(world, username):
    with pytest.raises(PermissionDenied):
        change(world, by=getattr(world, username))
    assert not RuleVersion.objects.exists()


def test_a_change_needs_a_document_or_a_reason(world):
    with pytest.raises(Refusal, match="依据文件或理由"):
        change(world, document=" ", reason="")
    assert change(world, document="", reason="试运行").reason == "试运行"


def test_a_day_in_the_past_needs_a_reason_beside_the_document(world):
    with pytest.raises(Refusal, match="理由"):
        change(world, effective_from=date(2026, 11, 15))
    assert change(world, effective_from=date(2026, 11, 15), reason="文件晚到").pk


def test_today_is_not_the_past(world):
    assert change(world, effective_from=date(2026, 11, 16)).pk


def test_a_value_out_of_range_is_a_refusal_in_words(world):
    with pytest.raises(Refusal, match="0 与 100 之间"):
        change(world, value="120")


def test_one_rule_has_one_value_per_day(world):
    change(world)
    with pytest.raises(Refusal, match="已有一个版本"):
        change(world, value="12")
    assert RuleVersion.objects.count() == 1


def test_a_change_that_changes_nothing_is_refused_unless_it_confirms(world):
    assert change(world, value="8", effective_from=date(2026, 11, 16)).is_verified  # confirms the default
    with pytest.raises(Refusal, match="与当日执行的取值相同"):
        change(world, value="8")


def test_a_coming_change_can_be_withdrawn_and_one_in_force_cannot(world):
    coming = change(world)
    acts.withdraw(version=coming, by=world.office_head, reason="文件未印发", at=world.at(17))
    assert not RuleVersion.objects.exists()
    assert AuditEvent.objects.filter(verb="撤回规则修改").get().before["value"] == 10
    in_force = change(world, effective_from=date(2026, 11, 16))
    with pytest.raises(Refusal, match="已经生效"):
        acts.withdraw(version=in_force, by=world.office_head, reason="误操作", at=world.at(17))


# --- pages -------------------------------------------------------------------------------------------------------------


def post(world, user, **data):
    data = {"value": "10", "effective_from": "2026-12-01", "document": "大行办〔2026〕3号", "reason": ""} | data
    return world.client(user).post(f"/rules/{CODE}/", data)


def test_the_list_shows_value_ground_and_what_comes_next(world):
    version(world, 10, date(2026, 3, 1), is_verified=True)
    version(world, 5, date(2026, 12, 1))
    html = world.client(world.huma_clerk).get("/rules/").content.decode()
    row = html[html.index("严重滞后界限") :]
    row = row[: row.index("</tr>")]
    assert "10个百分点" in row and "〔2026〕3号" in row and "5个百分点（2026-12-01 起）" in row
    assert "待核对" not in row
    assert html.count(">待核对<") == len(rules.CATALOGUE) - 1


def test_the_list_costs_the_same_with_one_version_and_with_twenty(world, django_assert_max_num_queries):
    client = world.client(world.office_head)
    for day in range(1, 21):
        version(world, day, date(2026, 1, day), author=world.office_head)
    with django_assert_max_num_queries(8):
        client.get("/rules/")


def test_who_opens_the_rules(world):
    for user in (world.office_head, world.huma_clerk, world.leader, world.auditor, world.admin):
        assert world.client(user).get("/rules/").status_code == 200
        assert world.client(user).get(f"/rules/{CODE}/").status_code == 200
    for user in (world.secadmin, world.secaudit):
        assert world.client(user).get("/rules/").status_code == 403


def test_only_the_office_head_finds_the_form_and_may_send_it(world):
    assert b'name="effective_from"' in world.client(world.office_head).get(f"/rules/{CODE}/").content
    assert b'name="effective_from"' not in world.client(world.office).get(f"/rules/{CODE}/").content
    assert post(world, world.office).status_code == 403
    assert post(world, world.office_head).status_code == 302
    assert RuleVersion.objects.get().value == 10


def test_a_rule_that_is_none_is_not_found(world):
    assert world.client(world.office_head).get("/rules/no_such_rule/").status_code == 404


def test_a_past_day_first_shows_the_periods_it_touches(world):
    """From Tuesday 3 November: the weeks due on 6 and 13 November; this week is due on the 20th, not yet."""
    past = {"effective_from": "2026-11-03", "reason": "文件晚到"}
    html = post(world, world.office_head, **past).content.decode()
    assert "2026-W45" in html and "2026-W46" in html
    assert "2026-W44" not in html and "2026-W47" not in html
    assert not RuleVersion.objects.exists()
    assert post(world, world.office_head, **past, understood="on").status_code == 302
    assert RuleVersion.objects.get().effective_from == date(2026, 11, 3)


def test_what_was_typed_stays_after_a_refusal(world):
    response = post(world, world.office_head, value="120", document="第7号文")
    assert response.status_code == 200
    assert "第7号文" in response.content.decode()
    assert not RuleVersion.objects.exists()


def test_withdrawing_over_the_page(world):
    row = change(world)
    client = world.client(world.office_head)
    assert client.post(f"/rules/{CODE}/{row.pk}/withdraw/", {"reason": ""}, follow=True).context["messages"]
    assert RuleVersion.objects.exists()
    client.post(f"/rules/{CODE}/{row.pk}/withdraw/", {"reason": "文件未印发"})
    assert not RuleVersion.objects.exists()
