"""The settings of the test suite: the shipped ones, with fast hashing, a throw-away data directory and no manifest."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["LINKAGE_MODE"] = "test"
os.environ["LINKAGE_DATA_DIR"] = tempfile.mkdtemp(prefix="linkage-tests-")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser driver runs an event loop in the test's thread
atexit.register(shutil.rmtree, os.environ["LINKAGE_DATA_DIR"], ignore_errors=True)

from linkage.settings import *  # noqa: F403, E402
from linkage.settings import DATA_DIR, DATABASES, MIDDLEWARE, STORAGES, VENDOR_DIR  # noqa: E402

MIDDLEWARE = ["tests.reading.ReadingWritesNothing", *MIDDLEWARE]
READ_APART = False  # its own tests switch it on; a process per upload would cost the suite minutes
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
VENDOR_DIR.mkdir(parents=True, exist_ok=True)

DATABASES["default"]["CONN_MAX_AGE"] = 0
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads then have connections of their own, as in the real system.
    DATABASES["default"]["TEST"] = {"NAME": Path(DATA_DIR) / "test.sqlite3"}
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
else:
    DATABASES["default"]["TEST"] = {"NAME": os.environ.get("LINKAGE_TEST_DB") or f"test_{DATABASES['default']['NAME']}"}
