"""The Celery application. Tasks live in each app's `tasks` room and are found by name."""

import gc
import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkage.settings")

app = Celery("linkage")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def stand_still(**_) -> None:
    """As in wsgi.py: the collector need not walk what stands for good; children inherit it."""
    gc.freeze()
