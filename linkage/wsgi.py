"""The WSGI entry point, served by granian."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkage.settings")

application = get_wsgi_application()
# What stands now stands for good. Left in the collector's sight, it was walked again and again: a quarter of the time of a list.
gc.freeze()
