"""The duties of the ground, registered in `apps.py`."""

from datetime import datetime
from importlib import import_module

from django.conf import settings

from linkage import audit

SEAL_AT_ONCE = 5_000


def seal_audit(*, at: datetime) -> None:
    """Give every committed event its place in the chain; in portions, so that no transaction grows long."""
    while audit.seal(at=at, limit=SEAL_AT_ONCE) == SEAL_AT_ONCE:
        pass


def clear_sessions(*, at: datetime) -> None:
    """Drop sessions that have expired."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
