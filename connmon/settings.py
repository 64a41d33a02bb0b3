"""Django's settings, read from the environment (see .env.example); everything a deployment may choose stands there."""

from pathlib import Path
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF

from connmon import env

BASE_DIR = Path(__file__).resolve().parent.parent
_SHORTEST_SECRET = 32  # characters

# --- what the environment decides -------------------------------------------------------------------------------------

DEBUG = env.flag("DEBUG", default=False)
PUBLIC_URL = env.web_address("PUBLIC_URL", "http://127.0.0.1:8000" if DEBUG else None)
SECRET_KEY = env.text("SECRET_KEY", "only-for-development-never-for-people" if DEBUG else None)
TIME_ZONE = env.zone("TIME_ZONE", "UTC")
COMPANY_NAME = env.text("COMPANY_NAME", "Your integration partner")
SUPPORT_CONTACT = env.text("SUPPORT_CONTACT", "")
API_RATE_LIMIT = env.whole_number("API_RATE_LIMIT", 6000, least=0, most=1_000_000_000)
EVENT_RETENTION_DAYS = env.whole_number("EVENT_RETENTION_DAYS", 30, least=8, most=36_500)
BUCKET_RETENTION_DAYS = env.whole_number("BUCKET_RETENTION_DAYS", max(400, EVENT_RETENTION_DAYS), least=8, most=36_500)
DATABASES = {"default": env.database("DATABASE_URL")} | env.replica("DATABASE_REPLICA_URL")
DATABASE_ROUTERS = ["connmon.router.Router"] if "replica" in DATABASES else []
REDIS_URL = env.redis("REDIS_URL")

_public = urlsplit(PUBLIC_URL)
_over_https = _public.scheme == "https"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*" if DEBUG else str(_public.hostname))
if _public.hostname in env.LOOPBACK:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost", "[::1]"]

if BUCKET_RETENTION_DAYS < EVENT_RETENTION_DAYS:
    env.refuse("BUCKET_RETENTION_DAYS", f"must be at least EVENT_RETENTION_DAYS ({EVENT_RETENTION_DAYS})")
if not DEBUG:
    if not _over_https and _public.hostname not in env.LOOPBACK:
        env.refuse("PUBLIC_URL", "must begin with https:// (plain http is only for 127.0.0.1 and localhost)")
    if len(SECRET_KEY) < _SHORTEST_SECRET:
        env.refuse("SECRET_KEY", f"is too short: use at least {_SHORTEST_SECRET} random characters")
    if "*" in ALLOWED_HOSTS:
        env.refuse("ALLOWED_HOSTS", "must name the hosts, not *")

# --- the parts --------------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "lucide",
    "common",
    "accounts",
    "sources",
    "consumers",
    "connections",
    "syncs",
    "ingest",
    "dashboard",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "common.middleware.FrozenNowMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "common.reading.ReadingMiddleware",
]

ROOT_URLCONF = "connmon.urls"
WSGI_APPLICATION = "connmon.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "dashboard.context.shell",
            ],
            "builtins": [
                "common.templatetags.connmon",
                "dashboard.templatetags.drawn",
                "lucide.templatetags.lucide",
            ],
        },
    },
]
FORM_RENDERER = "common.forms.FieldRenderer"

# --- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "overview"
LOGOUT_REDIRECT_URL = "sign-in"

AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "common.clients.client_address"
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- safety -----------------------------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _over_https
SESSION_COOKIE_NAME = f"connmon_session_{_public.port or ''}".rstrip("_")  # two demos side by side share a host
CSRF_COOKIE_NAME = f"connmon_csrf_{_public.port or ''}".rstrip("_")
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "dashboard.errors.csrf_failure"
SECURE_SSL_REDIRECT = _over_https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _over_https else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _over_https else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Whether every subdomain speaks https, and the browsers' preload list, are for the domain's owner to decide.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 17 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- time, language, files --------------------------------------------------------------------------------------------

USE_TZ = True
USE_I18N = False
LANGUAGE_CODE = "en"
STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}

# --- background work --------------------------------------------------------------------------------------------------

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "connmon",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    },
}
# Celery has its own words for a unix socket.
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7 * 3600, "socket_timeout": 30, "socket_connect_timeout": 5}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_TASK_SOFT_TIME_LIMIT = 1740
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "dashboard.heartbeat", "schedule": 5.0, "options": {"expires": 5}},
    # A kick that got lost costs at most this long.
    "drain": {"task": "connections.drain", "schedule": 3.0, "options": {"expires": 3}},
    "windows": {"task": "dashboard.keep_windows", "schedule": 20.0, "options": {"expires": 20}},
    "imports": {"task": "ingest.start_due_imports", "schedule": 15.0, "options": {"expires": 15}},
    "deliveries": {"task": "ingest.apply_all_deliveries", "schedule": 5.0, "options": {"expires": 5}},
    "purge": {"task": "dashboard.purge", "schedule": crontab(hour=3, minute=17)},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
        "django.server": {"level": "WARNING"},
    },
}
