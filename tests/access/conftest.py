"""The scene of the access tests, once per module; nothing a test does stays."""

import pytest

from tests.access import scene as scenes
from tests.access.walking import Browsers


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), scenes.built() as built:
        yield built


@pytest.fixture(scope="module")
def browsers(scene):
    return Browsers(scene)
