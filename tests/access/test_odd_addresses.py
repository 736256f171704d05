"""Addresses with numbers and days that no page of ours writes: an answer in words, never a fault."""

import pytest

from tests.world import World

pytestmark = pytest.mark.django_db

HUGE = "9" * 23
ODD = (
    f"/funds/?project={HUGE}", "/funds/?batch=1e45", "/funds/?batch=-1e45", f"/funds/vouchers/?allocation={HUGE}&project={HUGE}",
    f"/issues/?project={HUGE}", f"/issues/new/?project={HUGE}", "/issues/new/?project=²", f"/projects/{HUGE}/",
    f"/funds/vouchers/new/?allocation={HUGE}", "/funds/pace/?as_of=0001-01-01", "/funds/pace/?as_of=9999-12-31",
    "/funds/pace/?year=0000", "/funds/pace/export/?year=9999&as_of=0001-01-01", "/projects/?q=%00&page=x&sort=--code",
    f"/inbox/?page={HUGE}", "/calendar/?year=9999", "/weekly/2026-W99/", "/api/v1/pace/?as_of=0001-01-01", "/api/v1/pace/?year=0000",
    f"/api/v1/progress/?project={HUGE}", f"/api/v1/vouchers/?allocation={HUGE}", f"/api/v1/spending/?allocation={HUGE}",
    f"/api/v1/vouchers/?page={HUGE}", f"/api/v1/projects/{HUGE}/", "/api/v1/batches/?fund_year=1e40",
)  # fmt: skip


@pytest.mark.parametrize("person", ["office_head", "huma_finance"])
def test_no_address_breaks_a_page(world: World, person):
    client = world.client(getattr(world, person))
    client.raise_request_exception = False
    assert [address for address in ODD if client.get(address).status_code >= 500] == []


def test_the_api_does_not_tell_a_foreign_allocation_from_none(world: World):
    foreign = world.project(world.mohe, "北极村栈道", amounts={"central": 777_000}).allocations.get().pk
    client = world.client(world.huma_clerk)
    for path in ("vouchers", "spending"):
        answers = [client.get(f"/api/v1/{path}/?allocation={pk}") for pk in (foreign, foreign + 1000)]
        assert [(a.status_code, a.json()["results"]) for a in answers] == [(200, []), (200, [])]
