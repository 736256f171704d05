"""Imports and foreign keys go down only: reports → issues | funds → projects → linkage (design.md §2), the clock is read in
one place. Each rule is also seen to fail on a planted violation, so that it cannot pass by checking nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("linkage", "projects", "funds", "issues", "reports")
MAY_POINT_AT = {
    "linkage": {"linkage"},
    "projects": {"projects", "linkage"},
    "funds": {"funds", "projects", "linkage"},
    "issues": {"issues", "projects", "linkage"},
    "reports": set(PACKAGES),
}


def run(*command, cwd):
    return subprocess.run([sys.executable, *command], cwd=cwd, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The shipped packages, to plant violations in."""
    folder = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint_imports(folder):
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    return run("-c", program, "--no-cache", cwd=folder)


def test_imports_keep_the_contracts(copy):
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("linkage/planted.py", "import reports.models", "Apps"),
        ("projects/planted.py", "def late():\n    from funds import models", "Apps"),
        ("issues/planted.py", "import funds.models", "Apps"),
        ("projects/planted.py", "import linkage.urls", "Wiring"),
    ],
)
def test_a_planted_import_is_seen(copy, place, line, contract):
    planted = copy / place
    planted.write_text(line + "\n", encoding="utf-8")
    try:
        result = lint_imports(copy)
    finally:
        planted.unlink()
    assert result.returncode == 1, result.stdout
    assert re.search(rf"^{contract}.* BROKEN( |$)", result.stdout, re.M), result.stdout


def wrong_way(model, related):
    """Does a relation between these two apps go up or sideways? Django's own models may be pointed at by all."""
    app, other = model._meta.app_label, related._meta.app_label
    return other in PACKAGES and other not in MAY_POINT_AT[app]


def test_foreign_keys_go_down():
    models = [model for app in PACKAGES for model in apps.get_app_config(app).get_models()]
    relations = [
        (model, field) for model in models for field in model._meta.get_fields() if field.is_relation and field.concrete
    ]
    assert len(relations) > 50
    assert [f"{m.__name__}.{f.name}" for m, f in relations if f.related_model and wrong_way(m, f.related_model)] == []


def test_a_foreign_key_upwards_would_be_seen():
    region, project = apps.get_model("linkage.Region"), apps.get_model("projects.Project")
    assert wrong_way(region, project)
    assert not wrong_way(project, region)


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import date\nprint(date.today())",
        "from datetime import UTC, datetime\nx = datetime.now(UTC)",
        "from django.utils import timezone\nx = timezone.now()",
        "import time\nx = time.time()",
    ],
)
def test_reading_the_clock_elsewhere_is_seen(copy, code):
    planted = copy / "projects" / "clock.py"
    planted.write_text(code + "\n", encoding="utf-8")
    try:
        result = run("-m", "ruff", "check", "--no-cache", "--select", "TID251", "projects", cwd=copy)
    finally:
        planted.unlink()
    assert result.returncode == 1
    assert "linkage/periods/present.py" in result.stdout


def test_nobody_reads_the_clock_elsewhere(copy):
    result = run("-m", "ruff", "check", "--no-cache", "--select", "TID251", *PACKAGES, cwd=copy)
    assert result.returncode == 0, result.stdout
