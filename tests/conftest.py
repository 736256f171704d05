"""Fixtures for the whole suite. Worlds to play in are built by tests/world.py."""

import os
import shutil
import time

import pytest
from django.db import connection
from django.test import TransactionTestCase

from tests import schema
from tests.append_only import lifted

CHROMIUM = os.environ.get("LINKAGE_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NO_CHROMIUM = "no Chromium: install it with `sudo apt-get install chromium fonts-noto-cjk` (or set LINKAGE_CHROMIUM)"


def pytest_collection_modifyitems(items):
    """Leave out, with the reason, what this machine cannot run."""
    for item in items:
        if item.get_closest_marker("browser") and not CHROMIUM:
            item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))
        if item.get_closest_marker("postgres") and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))


def pytest_make_parametrize_id(config, val, argname):
    """Bytes are named by their argument: a workbook written while collecting holds the second, and two workers would disagree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    quiet = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-component-update"]
    flags = [f"--{flag}" for flag in ("no-sandbox", "disable-sync", *quiet)]
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": flags}


@pytest.fixture(scope="session")
def base_url():
    """In place of the plugin's own, which pytest 9 warns about; browser tests write whole addresses."""
    return


@pytest.fixture
def world(db):
    """The small world of tests/world.py, its clock standing at Monday 2026-11-16 09:00 in Beijing."""
    from linkage import periods
    from tests import world as worlds

    with periods.clock(periods.moment(worlds.MONDAY, 9)):
        yield worlds.build()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings):
    """Tables of an earlier run are taken up; what has been migrated is not migrated again."""
    return schema.take_up()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """As the plugin makes it; at the end PostgreSQL drops the database only when the last request of a closing page is over."""
    with django_db_blocker.unblock():
        schema.keep()
    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock():
            _see_the_others_out()


def _see_the_others_out(patience: float = 5):
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + patience
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute(f"SELECT count(*) {others}")
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.1)
        cursor.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture(scope="session", autouse=True)
def _flush_past_the_triggers():
    """Tests that commit (two threads, live server) empty all tables afterwards, the append-only ones too."""
    ordinary = TransactionTestCase._fixture_teardown

    def teardown(self):
        with lifted():
            return ordinary(self)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = ordinary


@pytest.fixture
def triggers_lifted(db):
    """For planting breaks in the audit chain: a context manager."""
    return lifted
