"""Every page of the real table, asked by everybody with every method: the answer is the matrix's, never an error.

Expected answers stand in matrix.py. A new page without a line there fails the first test.
"""

import re

import pytest
from django.urls import reverse

from linkage.access import grants_of
from tests.access import matrix
from tests.access.matrix import PAGES, ROLES, SITE, SITE_ADDRESSES, TWINS
from tests.access.walking import LOGIN, ask, differs, drained, names, path_of

pytestmark = pytest.mark.django_db


def walk(scene, browsers, role, method_names):
    """All deviations of one person; at addresses without the method 405."""
    found = []
    for name, address in PAGES.items():
        path, known = path_of(scene, address, name), address.methods()
        for method in method_names:
            if method not in known:
                continue
            response = ask(browsers.of(role), method, path, known[method], scene, role)
            found.append(differs(name, method, role, response, address.expected(method, role), scene, known[method]))
    return list(filter(None, found))


def test_every_page_has_its_line_in_the_matrix():
    real = {name for space, name in names() if space == ""}
    assert real - set(PAGES) == set(), "addresses nobody has said who may use"
    assert set(PAGES) - real == set(), "lines of addresses that are gone"
    assert {space for space, _ in names()} == {"", "api", "admin"}


def test_every_log_in_of_the_world_is_asked_or_is_the_twin_of_one_that_is(scene):
    world = {name for name, value in vars(scene.world).items() if type(value).__name__ == "User"}
    assert world == set(ROLES) | set(TWINS)


@pytest.mark.parametrize(("twin", "role"), TWINS.items())
def test_a_twin_has_the_same_kind_of_seat(scene, twin, role):
    def shape(name):
        return [
            (g.role, g.breadths, g.permissions, g.region_path.count("/"), bool(g.task_ids), bool(g.organisation_id))
            for g in grants_of(scene.user(name))
        ]

    assert shape(twin) == shape(role)


@pytest.mark.parametrize("role", ROLES)
def test_reading(scene, browsers, role):
    assert walk(scene, browsers, role, ["get"]) == []


@pytest.mark.parametrize("role", ROLES)
def test_acting(scene, browsers, role):
    assert walk(scene, browsers, role, ["post"]) == []


@pytest.mark.parametrize("role", ["huma_clerk", "office"])
def test_a_method_that_an_address_does_not_have_is_405(scene, browsers, role):
    wrong = []
    for name, address in PAGES.items():
        for method in ("get", "post", "put", "patch", "delete"):
            if method in address.methods():
                continue
            response = ask(browsers.of(role), method, path_of(scene, address, name), None, scene, role)
            if response.status_code not in (405, 403):
                wrong.append((name, method, response.status_code))
    assert wrong == []


def test_nobody_signed_in_is_led_to_the_log_in_whatever_the_method(scene, client):
    wrong = []
    for name, address in PAGES.items():
        if name in matrix.OPEN:
            continue
        path = path_of(scene, address, name)
        for method in ("get", "post", "put", "delete"):
            response = getattr(client, method)(path)
            if response.status_code != 302 or not response["Location"].startswith(LOGIN):
                wrong.append((name, method, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("name", sorted(matrix.OPEN))
def test_what_stands_before_the_log_in_is_open_to_everybody(scene, client, name):
    assert client.get(path_of(scene, PAGES[name], name)).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_the_dictionary_site_is_the_system_administrator_s(scene, browsers, role):
    for name in SITE_ADDRESSES:
        assert browsers.of(role).get(reverse(f"admin:{name}"), follow=True).status_code == SITE.expected("get", role), name


def test_nobody_signed_in_does_not_see_the_dictionary_site(scene, client):
    for name in SITE_ADDRESSES:
        last, _ = client.get(reverse(f"admin:{name}"), follow=True).redirect_chain[-1]
        assert last.startswith("/login/")


# -- links to files ---------------------------------------------------------------------------------------------------

LINK = re.compile(r'(?:href|src|action|data-url|hx-get)="(/[^"#]*)"')
PAGES_WITH_FILES = ("/jobs/", "/exports/", "/weekly/2026-W44/huma/", "/weekly/2026-W44/huma/v1/", "/weekly/2026-W44/huma/versions/", "/projects/", "/issues/")


def links(client) -> set[str]:
    found = set()
    for page in PAGES_WITH_FILES:
        html = client.get(page).content.decode()
        found |= {link.replace("&amp;", "&") for link in LINK.findall(html)}
    return {link for link in found if not link.startswith(("/static/", "/logout", "/login"))}


def test_every_link_of_the_county_s_pages_works_for_the_county(scene, browsers):
    clerk = browsers.of("huma_clerk")
    answers = {link: ask(clerk, "get", link, None, scene, "huma_clerk").status_code for link in sorted(links(clerk))}
    assert {link: code for link, code in answers.items() if code not in (200, 302, 405)} == {}
    for part in ("/result/", "/scan/", "report.docx", "/export/"):
        assert any(part in link for link in answers), f"no link to {part} was followed"


@pytest.mark.parametrize("stranger", ["mohe_clerk", "mohe_chief", "mohe_finance", "huma_implementer", "admin"])
def test_the_county_s_own_rows_and_files_do_not_exist_for_a_stranger(scene, browsers, stranger):
    """Whatever link carries a number or the unit of 呼玛县."""
    own = re.compile(r"^/(?:jobs/\d+/result|weekly/[^/]+/huma|projects/\d+|issues/\d+|saved-views/\d+|inbox/\d+|imports/\d+)/")
    mine = {link for link in links(browsers.of("huma_clerk")) if own.match(link)}
    assert len(mine) > 10
    allowed = {f"/projects/{scene.store.pk}/", f"/issues/{scene.issue.pk}/", f"/issues/{scene.closing.pk}/", f"/issues/{scene.rectifying.pk}/"}
    for link in sorted(mine):
        if stranger == "huma_implementer" and link.split("?")[0] in allowed:
            continue
        status = drained(browsers.of(stranger).get(link)).status_code
        assert status in (404, 405), (link, status)
