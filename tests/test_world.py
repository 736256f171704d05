"""The test world itself stands on the shipped models and rights."""

from linkage import access


def test_every_person_has_the_seat_their_log_in_promises(world):
    assert access.may(world.huma_clerk, "weekly.fill", world.huma)
    assert not access.may(world.huma_clerk, "weekly.fill", world.mohe)
    assert access.may(world.office, "weekly.review", world.huma)
    assert not access.may(world.admin, "weekly.review")
