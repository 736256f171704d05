"""/healthz answers a machine: no log-in, no data needed, and it says what is broken."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError
from kombu.exceptions import OperationalError

from linkage.models import Job, JobState, Watermark
from linkage.views import health

pytestmark = pytest.mark.django_db


def test_well_without_log_in_and_without_data(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["last_tick"], body["demo_data"]) == ("ok", None, "ready")
    assert body["database"]["ok"] and body["broker"]["ok"]


def test_tells_when_the_clock_last_ticked(client):
    Watermark.objects.create(name="tick", at=datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("Asia/Shanghai")))
    assert client.get("/healthz").json()["last_tick"] == "2026-11-20T01:30:00+00:00"


def test_without_the_broker_it_is_degraded_but_serves(client, monkeypatch):
    def refuse(**_):
        raise OperationalError("no broker")

    monkeypatch.setattr(health.celery_app, "connection_for_write", refuse)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["broker"] == {"ok": False, "error": "OperationalError"}


def test_without_the_database_it_is_down(client, monkeypatch):
    def refuse(**_):
        raise DatabaseError("no database")

    monkeypatch.setattr(health.Watermark.objects, "filter", refuse)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"


@pytest.mark.parametrize(
    ("word", "said"), [("loading", "loading"), ("failed", "failed"), ("ready", "ready"), ("?", "ready")]
)
def test_says_how_far_the_demo_years_are(client, settings, tmp_path, word, said):
    settings.DATA_DIR = tmp_path
    (tmp_path / "demo-data").write_text(word, encoding="ascii")
    assert client.get("/healthz").json()["demo_data"] == said


@pytest.fixture
def word(settings, tmp_path):
    """Write how far the demo data are, as dev.py does."""
    settings.DATA_DIR = tmp_path
    return lambda text: (tmp_path / "demo-data").write_text(text, encoding="ascii")


def test_while_loading_every_page_says_how_far_and_asks_again(world, client, word):
    word("loading")
    assert "几秒后即可登录" in client.get("/login/").content.decode()
    Job.objects.create(kind="load", title="载入演示数据", state=JobState.RUNNING, message="已到 2025年6月（约还需 40 秒）", created_at=world.at(16))
    for page in (client.get("/login/"), world.client(world.office).get("/"), world.client(world.office).get("/nothing/"), client.get("/loading/")):
        text = page.content.decode()
        assert "演示数据正在载入：已到 2025年6月（约还需 40 秒）" in text and 'hx-get="/loading/"' in text


def test_the_banner_goes_away_by_itself(world, client, word, django_assert_num_queries):
    word("ready")
    with django_assert_num_queries(0):
        assert client.get("/loading/").content.strip() == b""
    assert "loading-bar" not in client.get("/login/").content.decode()


def test_a_load_that_failed_says_what_to_do_and_asks_no_more(client, db, word):
    word("failed")
    page = client.get("/login/").content.decode()
    assert "会从头载入" in page and 'hx-get="/loading/"' not in page


def test_takes_no_post(client):
    assert client.post("/healthz").status_code == 405
