"""/healthz: is the system able to work? For container health checks and a watching eye; needs no log-in, no demo data.
/loading/: the banner of every page while demo data are on their way in."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu.exceptions import OperationalError

from linkage import __version__, loading
from linkage.celery import app as celery_app
from linkage.models import Watermark


def _database() -> tuple[dict, str | None]:
    """State of the database, and when the clock last ticked (ISO 8601)."""
    try:
        ticked = Watermark.objects.filter(name="tick").values_list("at", flat=True).first()
    except DatabaseError as error:
        return {"ok": False, "engine": connection.vendor, "error": type(error).__name__}, None
    return {"ok": True, "engine": connection.vendor}, ticked.isoformat() if ticked else None


def _broker() -> dict:
    try:
        with celery_app.connection_for_write(connect_timeout=1) as link:
            link.ensure_connection(max_retries=1, interval_start=0.1, timeout=2)
    except (OperationalError, OSError) as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 while pages can work; 503 when the database cannot be read. Without the broker forms are still taken and the
    work behind them waits, so that is 200 with status `degraded`."""
    database, ticked = _database()
    broker = _broker()
    status = "ok" if database["ok"] and broker["ok"] else "degraded" if database["ok"] else "down"
    body = {
        "status": status,
        "version": __version__,
        "database": database,
        "broker": broker,
        "last_tick": ticked,
        "demo_data": loading.demo_data(),
    }
    return JsonResponse(body, status=200 if database["ok"] else 503)


@login_not_required
@never_cache
@require_safe
def loading_banner(request: HttpRequest) -> HttpResponse:
    """The banner as it stands now; nothing once the demo data are there, which takes it off the page."""
    return render(request, "layout/_loading.html")
