"""常用视图: a person's own filters of a list."""

import pytest

from linkage.actions.saved_views import MOST, save_view
from linkage.errors import Refusal
from linkage.models import SavedView


def save(client, **values):
    return client.post("/saved-views/", {"page": "/projects/", "name": "呼玛在建", "query": "stage=works&page=3", **values})


def test_the_filters_are_kept_without_the_page_number(world):
    response = save(world.client(world.huma_clerk))
    assert (response.status_code, response["Location"]) == (302, "/projects/?stage=works")
    view = SavedView.objects.get()
    assert (view.user, view.page, view.name, view.query) == (world.huma_clerk, "/projects/", "呼玛在建", "stage=works")


def test_the_same_name_on_the_same_page_is_replaced(world):
    client = world.client(world.huma_clerk)
    save(client)
    save(client, query="stage=done")
    save(client, page="/funds/")
    assert [(v.page, v.query) for v in SavedView.objects.order_by("page")] == [("/funds/", "stage=works"), ("/projects/", "stage=done")]


@pytest.mark.parametrize("values", [
    {"name": "  "}, {"name": "长" * 41}, {"page": "https://evil.example/"}, {"page": "//evil.example/"}, {"page": "projects"},
    {"query": "q=" + "长" * 400}, {"page": "/\\evil.example/"}, {"page": "/a\x00/"}, {"name": "在\x00建"},
])  # fmt: skip
def test_what_cannot_be_a_view_is_refused(world, values):
    response = save(world.client(world.huma_clerk), **values)
    assert response["Location"] == "/saved-views/"
    assert not SavedView.objects.exists()


def test_there_is_a_bound(world):
    for number in range(MOST):
        save_view(by=world.office, page="/projects/", name=str(number), query="")
    with pytest.raises(Refusal, match="请先删去不用的"):
        save_view(by=world.office, page="/projects/", name="多", query="")
    save_view(by=world.office, page="/projects/", name="0", query="a=1")


def test_each_sees_and_drops_only_their_own(world):
    save(world.client(world.huma_clerk))
    view = SavedView.objects.get()
    other = world.client(world.mohe_clerk)
    assert "呼玛在建" not in other.get("/saved-views/").content.decode()
    assert other.post(f"/saved-views/{view.pk}/delete/").status_code == 404
    own = world.client(world.huma_clerk)
    assert "呼玛在建" in own.get("/saved-views/").content.decode()
    assert own.get(f"/saved-views/{view.pk}/delete/").status_code == 405
    own.post(f"/saved-views/{view.pk}/delete/")
    assert not SavedView.objects.exists()
