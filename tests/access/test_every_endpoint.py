"""Every route of the real API router, asked by everybody with every method, by session and by token."""

import hashlib
import json

import pytest
from django.test import Client

from linkage.models import ApiToken
from tests.access.matrix import ENDPOINTS, ROLES
from tests.access.walking import ask, differs, names, path_of

pytestmark = pytest.mark.django_db

WRITING = ("post", "put", "patch", "delete")


def test_every_route_has_its_line_in_the_matrix():
    real = {name for space, name in names() if space == "api"}
    assert real - set(ENDPOINTS) == set(), "routes nobody has said who may use"
    assert set(ENDPOINTS) - real == set(), "lines of routes that are gone"


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_as_the_matrix_says(scene, browsers, role):
    wrong = []
    for name, address in ENDPOINTS.items():
        path, known = path_of(scene, address, f"api:{name}"), address.methods()
        for method in known:
            response = ask(browsers.of(role), method, path, known[method], scene, role)
            wrong.append(differs(name, method, role, response, address.expected(method, role), scene, known[method]))
    assert list(filter(None, wrong)) == []


@pytest.mark.parametrize("role", ["huma_clerk", "office", "huma_implementer"])
def test_what_a_route_does_not_offer_is_405(scene, browsers, role):
    wrong = []
    for name, address in ENDPOINTS.items():
        if name == "unknown":
            continue
        path = path_of(scene, address, f"api:{name}")
        for method in ("get", *WRITING):
            if method in address.methods():
                continue
            status = ask(browsers.of(role), method, path, None, scene, role).status_code
            if status not in (405, 403):
                wrong.append((name, method, status))
    assert wrong == []


def test_nobody_signed_in_is_401_and_a_person_is_led_to_the_log_in(scene):
    anonymous, wrong = Client(), []
    for name, address in ENDPOINTS.items():
        for method in ("get", *WRITING):
            status = getattr(anonymous, method)(path_of(scene, address, f"api:{name}")).status_code
            if status not in ((302,) if name == "docs" else (401,)):
                wrong.append((name, method, status))
    assert wrong == []


def test_every_refusal_has_the_api_s_form(scene, browsers):
    for name, role, code in (("rollup-detail", "huma_clerk", 404), ("pace-list", "admin", 403), ("unknown", "office", 404)):
        response = browsers.of(role).get(path_of(scene, ENDPOINTS[name], f"api:{name}"))
        assert response.status_code == code
        assert set(response.json()) == {"code", "detail", "fields"}


def answer_to(scene, user, path):
    """With a token, good and in force, in the name of `user`."""
    key = f"key-of-{user.username}"
    ApiToken.objects.get_or_create(
        name=key, user=user,
        defaults={"key_hash": hashlib.sha256(key.encode()).hexdigest(), "created_at": scene.at(2), "expires_at": scene.at(20, month=12)},
    )  # fmt: skip
    return Client().get(path, headers={"authorization": f"Token {key}"})


@pytest.mark.parametrize("role", ["huma_clerk", "mohe_finance", "agri"])
def test_a_token_sees_what_a_person_in_the_same_seats_sees(scene, browsers, role):
    machine = scene.world.machine(like=scene.user(role))
    for name, address in ENDPOINTS.items():
        if address.get is None or name in ("docs", "schema") or name.startswith("notification"):  # notices are everybody's own
            continue
        path = path_of(scene, address, f"api:{name}")
        response = answer_to(scene, machine, path)
        assert response.status_code == address.expected("get", role), name
        if response.status_code == 200:
            assert json.loads(response.content) == browsers.of(role).get(path).json(), name


@pytest.mark.parametrize("role", ["huma_clerk", "office_head", "admin", "secadmin", "secaudit"])
def test_no_token_opens_anything_in_the_name_of_a_person(scene, role):
    """However it came into the table: a person is nobody's interface account."""
    for name, address in ENDPOINTS.items():
        if name != "docs":
            response = answer_to(scene, scene.user(role), path_of(scene, address, f"api:{name}"))
            assert response.status_code == 401 and b"token_person" in response.content, name
