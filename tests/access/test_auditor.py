"""审计查阅 reads everything in its region and changes nothing: only what is its own may be written."""

import pytest

from tests.access.matrix import ENDPOINTS, PAGES
from tests.access.walking import ask, path_of

pytestmark = pytest.mark.django_db

OWN = {
    "login", "login_inline", "logout", "password", "saved-view-list", "inbox-read-all", "export-start", "notification-read-all",
}  # fmt: skip


@pytest.mark.parametrize(("table", "space"), [(PAGES, ""), (ENDPOINTS, "api:")], ids=["pages", "endpoints"])
def test_nothing_but_its_own_is_written(scene, browsers, table, space):
    done = set()
    for name, address in table.items():
        act = address.methods().get("post")
        if act is None:
            continue
        response = ask(browsers.of("auditor"), "post", path_of(scene, address, space + name), act, scene, "auditor")
        if response.status_code not in (403, 404, 405):
            done.add(name)
    assert done <= OWN
