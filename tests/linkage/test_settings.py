"""What an operator meets: a variable that is missing or wrong is explained; the container files agree with the settings."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.test import RequestFactory

from linkage import env
from linkage.net import client_address

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "LINKAGE_MODE": "production",
    "LINKAGE_SECRET_KEY": "k" * 50,
    "LINKAGE_HOSTS": "dxal.example",
    "REDIS_URL": "redis://r:6379/0",
    "DATABASE_URL": "postgres://u@h/n",
}


def load_settings(tmp_path, expression="''", **variables):
    """Read the shipped settings in a process that has just these variables."""
    code = f"from linkage import settings as s; print({expression})"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    variables = kept | {"LINKAGE_DATA_DIR": str(tmp_path)} | variables
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True)


@pytest.mark.parametrize("missing", ["LINKAGE_SECRET_KEY", "LINKAGE_HOSTS", "REDIS_URL", "DATABASE_URL"])
def test_production_explains_each_missing_variable(tmp_path, missing):
    done = load_settings(tmp_path, **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert done.returncode != 0
    message = done.stderr.strip().split("\n")[-1]
    assert f"{missing} is not set" in message
    assert f"{missing}=" in message


def test_production_is_strict_when_all_is_given(tmp_path):
    done = load_settings(
        tmp_path, "s.DEBUG, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.ALLOWED_HOSTS", **PRODUCTION
    )
    assert done.stdout.strip() == "False True True ['dxal.example', '127.0.0.1']", done.stderr
    assert not list(tmp_path.iterdir())


def test_the_demo_needs_nothing_and_keeps_its_own_key(tmp_path):
    first, second = (load_settings(tmp_path, "s.DEBUG, s.SECRET_KEY") for _ in range(2))
    assert first.stdout.startswith("False ") and len(first.stdout) > 50, first.stderr
    assert first.stdout == second.stdout
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(("text", "expected"), [("", True), ("1", True), ("no", False), ("OFF", False), ("true", True)])
def test_flag(monkeypatch, text, expected):
    monkeypatch.setenv("X", text)
    assert env.flag("X", True) is expected


@pytest.mark.parametrize(
    ("reader", "text", "said"),
    [
        (lambda: env.flag("X", True), "maybe", "neither yes nor no"),
        (lambda: env.number("X", 5, low=1, high=10), "11", "from 1 to 10"),
        (lambda: env.number("X", 5, low=1, high=10), "-1", "from 1 to 10"),
        (lambda: env.number("X", 5, low=1, high=10), "５", "from 1 to 10"),
        (lambda: env.choice("X", "a", ("a", "b")), "c", "one of a, b"),
        (lambda: env.database("X", Path("f")), "mysql://u@h/n", "postgres://"),
        (lambda: env.database("X", Path("f")), "postgres://u@h/", "postgres://"),
    ],
)
def test_a_wrong_value_is_refused_with_the_way_out(monkeypatch, reader, text, said):
    monkeypatch.setenv("X", text)
    with pytest.raises(env.SettingError, match=said):
        reader()


def test_database_urls(monkeypatch):
    monkeypatch.setenv("X", "postgres://link%40age:p%2Fw@db.example:5433/fu%20nds?sslmode=require")
    read = env.database("X", Path("f"))
    assert [read[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
        "fu nds",
        "link@age",
        "p/w",
        "db.example",
        "5433",
    ]
    assert read["OPTIONS"] == {"sslmode": "require"}
    monkeypatch.setenv("X", "sqlite:////data/some.sqlite3")
    assert env.database("X", Path("f"))["NAME"] == Path("/data/some.sqlite3")
    monkeypatch.setenv("X", "")
    assert env.database("X", Path("f"))["NAME"] == Path("f")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.1.1.9", "", "10.1.1.9"),
        ("10.1.1.9", "1.2.3.4", "10.1.1.9"),  # nobody we trust says so
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),  # the client wrote the first one itself
        ("10.0.0.1", "1.2.3.4, 10.0.0.2", "1.2.3.4"),  # two proxies of ours
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_name_the_client(settings, peer, forwarded, address):
    settings.TRUSTED_PROXIES = frozenset({"10.0.0.1", "10.0.0.2"})
    request = RequestFactory().get("/", REMOTE_ADDR=peer, headers={"X-Forwarded-For": forwarded} if forwarded else {})
    assert client_address(request) == address


# --- Container files --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def test_compose_has_the_five_and_each_is_watched(services):
    assert {"db", "redis", "web", "worker", "beat"} <= services.keys()
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "HEALTHCHECK" in dockerfile and re.search(r"^USER (?!root)", dockerfile, re.M)
    for name in ("db", "redis", "worker", "beat"):
        assert services[name]["healthcheck"]["test"], name


def test_compose_starts_in_an_order_that_exists(services):
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] in {"service_healthy", "service_completed_successfully"}
            assert needed in services, name


def test_compose_gives_every_variable_production_asks_for(services):
    for name in ("web", "worker", "beat"):
        assert PRODUCTION.keys() <= services[name]["environment"].keys()


SERVICE_KEYS = {"image", "build", "restart", "environment", "volumes", "healthcheck", "command", "depends_on", "ports"}


def test_compose_says_nothing_that_compose_would_not_know(services):
    """Stands in for `docker compose config` where no docker is: known keys, declared volumes, variables with an example."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    whole = yaml.safe_load(text)
    assert {key for key in whole if not key.startswith("x-")} == {"name", "services", "volumes"}
    for name, service in services.items():
        assert service.keys() <= SERVICE_KEYS, name
        assert {volume.partition(":")[0] for volume in service.get("volumes", [])} <= whole["volumes"].keys(), name
        assert service.get("healthcheck", {}).keys() <= {"test", "interval", "timeout", "retries", "start_period", "disable"}, name
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), name
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for variable in set(re.findall(r"(?<!\$)\$\{(\w+)", text)):
        assert re.search(rf"^{variable}=", example, re.M), variable
    assert services["prepare"]["build"] == "." and services["prepare"]["image"] == services["web"]["image"]


def test_every_variable_read_is_in_the_example():
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "linkage/settings.py").read_text(encoding="utf-8")))
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert len(read) > 8
    assert {name for name in read if not re.search(rf"^#? ?{name}=", example, re.M)} == set()
