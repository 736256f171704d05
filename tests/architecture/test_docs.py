"""The documents tell the truth where a machine can see it: paths, commands, addresses, words."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve

import dev
from funds.models import Level, Measure, PaymentNature, VoucherChannel, VoucherKind
from linkage import periods, reference
from linkage.models import Role
from projects.models import (
    ConstructionState,
    ContractState,
    HelpState,
    Method,
    PurchaseMethod,
    RoundResult,
    Stage,
    TermKind,
    Tier,
)
from reports.demo.cast import Cast
from reports.models import ReportState, Section

ROOT = Path(settings.BASE_DIR)
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
ADDRESSES = (ROOT / "docs/architecture/addresses.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:[a-z_]+|\.ci)/[A-Za-z0-9_/.-]*|[a-z_-]+\.(?:py|yml|toml|md))`")
PARTS = {  # an example for each placeholder of addresses.md
    "<slug>": "huma", "<pk>": "1", "<period>": "2026-W47", "<unit>": "huma", "v<n>": "v1", "<code>": "pace_basis", "<step>": "units",
    "<chapter>": "weekly",
}  # fmt: skip


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("doc", DOCS, ids=name)
def test_every_linked_path_exists(doc):
    targets = [link.split("#")[0] for link in _LINK.findall(doc.read_text(encoding="utf-8"))]
    missing = [target for target in targets if target and "://" not in target and not (doc.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("doc", [doc for doc in DOCS if "manual" not in doc.parts], ids=name)
def test_every_path_named_in_code_type_exists(doc):
    """`linkage/access.py`, `actions/signing.py`: files, with or without their app, and folders of the tree."""
    tops = {path.name for path in ROOT.iterdir()} - {"var"}  # var/ holds what a run leaves behind
    found = [p for p in _PATH.findall(doc.read_text(encoding="utf-8")) if "." in p or p.split("/")[0] in tops]
    places = (ROOT, *(ROOT / app for app in ("linkage", "projects", "funds", "issues", "reports")))
    assert [path for path in found if not any((place / path).exists() for place in places)] == []


def test_addresses_lead_to_pages():
    listed = re.findall(r"`(/[^`]*)`", ADDRESSES)
    assert len(listed) > 80
    lost = []
    for address in listed:
        for placeholder, example in PARTS.items():
            address = address.replace(placeholder, example)
        assert "<" not in address, address
        try:
            match = resolve(address)
        except Resolver404:
            lost.append(address)
        else:
            lost += [address] if match.view_name == "api:unknown" else []
    assert lost == []


def test_commands_named_in_the_documents_exist():
    known, usage = set(get_commands()), dev.USAGE
    for doc in DOCS:
        text = doc.read_text(encoding="utf-8")
        assert set(re.findall(r"(?:manage\.py|dev\.py manage) ([a-z_]+)", text)) <= known | {"migrate"}, doc
        for command in re.findall(r"dev\.py ([a-z]+)", text):
            assert f"dev.py {command}" in usage, f"{doc}: {command}"


def test_make_targets_of_the_readme_exist():
    [targets] = re.findall(r"`make ([a-z|]+)`", README)
    assert set(targets.split("|")) <= set((ROOT / "Makefile").read_text().split("\n")[1].rstrip(":").split())


def terms():
    return [
        row.split("|")[1].strip()
        for row in GLOSSARY.splitlines()
        if row.startswith("| ") and not row.startswith("| Chinese")
    ]


def test_the_glossary_has_each_term_once():
    assert len(terms()) > 100
    assert sorted({term for term in terms() if terms().count(term) > 1}) == []


def test_the_glossary_knows_every_model():
    names = [
        m.__name__
        for app in ("linkage", "projects", "funds", "issues", "reports")
        for m in apps.get_app_config(app).get_models()
    ]
    assert [one for one in names if f"`{one}`" not in GLOSSARY] == []


def test_the_glossary_knows_every_role():
    assert [role.label for role in Role if role.label not in GLOSSARY or f"`{role.name}`" not in GLOSSARY] == []


@pytest.mark.parametrize("choices", [ReportState, Section, VoucherKind, PaymentNature, ConstructionState, Level, ContractState, TermKind, HelpState, Tier])
def test_the_glossary_says_the_words_of_the_states(choices):
    assert [label for label in choices.labels if label.split("（")[0] not in GLOSSARY] == []


@pytest.mark.parametrize("choices", [Method, Stage, Measure, VoucherChannel, PurchaseMethod, RoundResult])
def test_the_glossary_names_every_list_of_choices(choices):
    assert f"`{choices.__name__}`" in GLOSSARY


def test_environment_variables_are_all_in_the_example():
    wanted = set(
        re.findall(
            r'"((?:LINKAGE|DATABASE|REDIS)_[A-Z_]+)"', (ROOT / "linkage/settings.py").read_text(encoding="utf-8")
        )
    )
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert {one for one in wanted if one + "=" not in example} == set()


@pytest.mark.django_db
def test_log_ins_of_the_readme_are_those_of_the_demo():
    reference.load()
    cast = Cast(date(2025, 1, 1), date(2027, 12, 31), datetime(2025, 1, 1, tzinfo=periods.BEIJING)).gather().people
    words = re.findall(r"`([a-z0-9_]+)`", README.split("## Log-ins")[1].split("## Where")[0])
    endings = [word for word in words if word.startswith("_")]
    units = [word for word in words if f"{word}_clerk" in cast]
    people = {word for word in words if word not in units and word not in endings}
    assert people <= cast.keys()
    assert people | {unit + ending for unit in units for ending in endings} | {"huma_clerk"} == set(cast)
