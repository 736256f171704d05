"""All settings, once. What differs between machines comes from the environment (see .env.example); nothing is DEBUG.

LINKAGE_MODE
  demo        one machine, no set-up: SQLite and a generated key in LINKAGE_DATA_DIR (`python3 dev.py demo`)
  production  every secret and address must be given; cookies travel over HTTPS only
  test        set by tests/settings.py
"""

import secrets
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from linkage import env

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = env.choice("LINKAGE_MODE", "demo", ("demo", "production", "test"))
PRODUCTION = MODE == "production"
DEMO = MODE == "demo"
DEBUG = False

DATA_DIR = Path(env.text("LINKAGE_DATA_DIR", str(BASE_DIR / "var" / "data"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)


def _secret_key() -> str:
    """Production must name its key; elsewhere one is made on the first start and kept beside the data."""
    if PRODUCTION:
        return env.text(
            "LINKAGE_SECRET_KEY",
            why="It signs log-ins; keep it secret and the same on every process.",
            example="(output of: python3 -c 'import secrets; print(secrets.token_urlsafe(50))')",
        )
    kept = DATA_DIR / "secret-key"
    try:
        with kept.open("x", encoding="ascii") as new:
            kept.chmod(0o600)
            new.write(secrets.token_urlsafe(50))
    except FileExistsError:
        pass
    return env.text("LINKAGE_SECRET_KEY", kept.read_text(encoding="ascii"))


SECRET_KEY = _secret_key()

# --- Addresses --------------------------------------------------------------------------------------------------------
ALLOWED_HOSTS = env.listing("LINKAGE_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1]")
if not ALLOWED_HOSTS:
    raise env.SettingError(
        "LINKAGE_HOSTS is not set. It lists the names under which the site is reached. "
        "For example: LINKAGE_HOSTS=xianjie.example.gov.cn,localhost"
    )
if "127.0.0.1" not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append("127.0.0.1")  # a container's own health check
CSRF_TRUSTED_ORIGINS = env.listing("LINKAGE_ORIGINS")
TRUSTED_PROXIES = frozenset(env.listing("LINKAGE_TRUSTED_PROXIES"))
ROOT_URLCONF = "linkage.urls"
WSGI_APPLICATION = "linkage.wsgi.application"
APPEND_SLASH = True
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"

# --- Apps -------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "template_partials",
    "import_export",
    "axes",
    "csp",
    "reports",
    "issues",
    "funds",
    "projects",
    "linkage",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "linkage.middleware.PasswordChangeRequired",
    "linkage.middleware.ClientAddress",
    "linkage.middleware.OneRuleBook",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "linkage.nav.context",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------------
# ATOMIC_REQUESTS stays off: reading pages holds no transaction, every action opens its own.
DATABASES = {"default": env.database("DATABASE_URL", None if PRODUCTION else DATA_DIR / "linkage.sqlite3")}
if DATABASES["default"]["ENGINE"].endswith("postgresql"):
    # Kept connections rather than a pool: a pool opened before a worker forks would be shared by its children.
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # Our grouped figures run for a tenth of a second; compiling them first took seconds (measured). A row found by its key
    # costs about as much as the next one, in memory and on solid-state disks: with the server's default of four, sixty rows of
    # a report were found by reading all projects.
    DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off -c random_page_cost=1.1")

# --- Language and time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Static files and uploads -----------------------------------------------------------------------------------------
# var/vendor is filled by dev.py from requirements/assets.txt: static names start with vendor/bootstrap/ or vendor/echarts/.
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("LINKAGE_STATIC_ROOT", str(BASE_DIR / "var" / "static")))
VENDOR_DIR = BASE_DIR / "var" / "vendor"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VENDOR_DIR)]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "linkage.staticfiles.StaticStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = DATA_DIR / "files"  # never served by address: views hand files out after asking who may see them
MEDIA_URL = "/files/"
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a weekly page of 60 projects posts some thousand cells
DATA_UPLOAD_MAX_NUMBER_FILES = 20
READ_APART = True  # uploaded tables are parsed in a process of their own, with bounded memory and time
UPLOAD_MAX_BYTES = env.number("LINKAGE_UPLOAD_MB", 50, low=1, high=1024) * 1024 * 1024

# --- Log-in and safety ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "linkage.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "linkage.passwords.MinimumLength", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# A county office shares one address: lock the pair, or one colleague's typing errors shut out all others.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=20)
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "linkage.net.client_address"
AXES_LOCKOUT_CALLABLE = "linkage.views.account.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

SESSION_COOKIE_AGE = env.number("LINKAGE_SESSION_HOURS", 12, low=1, high=24 * 14) * 3600
SESSION_COOKIE_NAME = "linkage_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("LINKAGE_HTTPS", PRODUCTION)
CSRF_COOKIE_NAME = "linkage_csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin" if SESSION_COOKIE_SECURE else None
X_FRAME_OPTIONS = "DENY"
if env.flag("LINKAGE_HTTPS", PRODUCTION):
    SECURE_HSTS_SECONDS = 180 * 24 * 3600
    if TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# No inline script or style, nothing from another address.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- API --------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "linkage.api_defaults.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["linkage.api_defaults.NamedPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "linkage.api_defaults.Pages",
    "DEFAULT_THROTTLE_CLASSES": ["linkage.api_defaults.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": f"{env.number('LINKAGE_API_PER_MINUTE', 600, low=1, high=100_000)}/min"},
    "DEFAULT_SCHEMA_CLASS": "linkage.api_schema.RefusalSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "linkage.api_errors.handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "衔接资金周调度接口",
    "DESCRIPTION": "金额以元为单位、十进制字符串（*_yuan）；日期为 ISO 8601；列表分页、可筛选，且只含本人可见范围。",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "IssueState": "issues.models.IssueState", "ReportState": "reports.models.ReportState", "Level": "funds.models.Level",
        "TargetLevel": "projects.models.TargetLevel", "Method": "projects.models.Method", "PurchaseMethod": "projects.models.PurchaseMethod",
        "Origin": "issues.models.issue.Origin", "HelpOrigin": "projects.models.help_request.HelpOrigin",
    },
}

# --- Background work --------------------------------------------------------------------------------------------------
# The Job row is the truth and the broker a wake-up: publishing gives up quickly, the tick finds what was not heard.
_REDIS_URL_WHY = "Celery's worker and beat meet there."
REDIS_URL = env.text(
    "REDIS_URL",
    None if PRODUCTION else ("memory://" if MODE == "test" else "redis://127.0.0.1:6379/0"),
    why=_REDIS_URL_WHY,
    example="redis://127.0.0.1:6379/0",
)
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {}
    if REDIS_URL.startswith("memory:")
    else {
        "visibility_timeout": 3600,  # seconds, above the longest task
        "unacked_restore_throttle": 1,  # a killed worker's message comes back after seconds, not minutes
        "socket_connect_timeout": 2,
        "socket_timeout": 30,
    }
)
CELERY_TASK_PUBLISH_RETRY = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# Everything that recurs is decided by the database; the clock only knocks.
CELERY_BEAT_SCHEDULE = {
    "tick": {"task": "linkage.tasks.tick", "schedule": timedelta(minutes=1), "options": {"expires": 55}},
}

# --- Logging ----------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LINKAGE_LOG_LEVEL", "WARNING").upper()},
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "celery": {"level": "WARNING"},
    },
}
