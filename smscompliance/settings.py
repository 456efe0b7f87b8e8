"""Every setting, read once from the environment; docs/settings.md tells what each one does."""

from pathlib import Path

import environ

from smscompliance.beat import schedule
from smscompliance.brokers import transport_options

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# What must be said, or the start is refused
SECRET_KEY = env.str("SECRET_KEY")
ALTCHA_HMAC_SECRET = env.str("ALTCHA_HMAC_KEY")
DATABASES = {"default": env.db_url("DATABASE_URL")}
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL")

# Who may reach us
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://localhost:8000")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
STATEMENT_TIMEOUT_SECONDS = env.int("STATEMENT_TIMEOUT_SECONDS", default=60)
HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not DEBUG)

# Amazon; without an endpoint boto3 talks to Amazon itself
AWS_ENDPOINT_URL = env.str("AWS_ENDPOINT_URL", default="") or None
AWS_REGION = env.str("AWS_REGION", default="us-east-1")
INBOUND_QUEUE_URL = env.str("INBOUND_QUEUE_URL", default="")
INBOUND_TOPIC_ARNS = env.list("INBOUND_TOPIC_ARNS", default=[])

# Opting in on the web
OPT_IN_LAPSE_HOURS = env.int("OPT_IN_LAPSE_HOURS", default=72)
OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR = env.int("OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR", default=20)
OPT_IN_REQUESTS_PER_NUMBER_AND_DAY = env.int("OPT_IN_REQUESTS_PER_NUMBER_AND_DAY", default=3)
UNSUBSCRIBES_PER_ADDRESS_AND_HOUR = env.int("UNSUBSCRIBES_PER_ADDRESS_AND_HOUR", default=200)

# Replies
START_AFTER_STOP_DAYS = env.int("START_AFTER_STOP_DAYS", default=30)
KEEP_AFTER_STOP_HOURS = env.int("KEEP_AFTER_STOP_HOURS", default=24)

# Sending
SEND_BATCH = env.int("SEND_BATCH", default=50)
SEND_LEASE_SECONDS = env.int("SEND_LEASE_SECONDS", default=120)
SEND_THREADS = env.int("SEND_THREADS", default=8)
SEND_TIMEOUT_SECONDS = env.int("SEND_TIMEOUT_SECONDS", default=12)
RECEIPT_SECONDS = env.int("RECEIPT_SECONDS", default=30)

# The clock of revocations, and whom it tells
REVOCATION_ALERT_BUSINESS_DAYS = env.int("REVOCATION_ALERT_BUSINESS_DAYS", default=2)
ALERT_EMAILS = env.list("ALERT_EMAILS", default=[])
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="smscompliance@localhost")

# Lists and files
IMPORT_BATCH = env.int("IMPORT_BATCH", default=25_000)
IMPORT_SECOND_PERSON_ROWS = env.int("IMPORT_SECOND_PERSON_ROWS", default=50_000)
IMPORT_WARN_OPTED_OUT_PERCENT = env.int("IMPORT_WARN_OPTED_OUT_PERCENT", default=5)
IMPORT_OVERTURNS_OPT_OUTS = env.bool("IMPORT_OVERTURNS_OPT_OUTS", default=False)
IMPORT_MAX_MB = env.int("IMPORT_MAX_MB", default=2000)
REASSIGNED_RECHECK_DAYS = env.int("REASSIGNED_RECHECK_DAYS", default=30)
REASSIGNED_ROWS_PER_FILE = env.int("REASSIGNED_ROWS_PER_FILE", default=250_000)
UPLOAD_KEEP_HOURS = env.int("UPLOAD_KEEP_HOURS", default=48)
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / ".local" / "media"))

# The dev stack's own; a system check refuses both with DEBUG off
CLOCK_FILE = env.str("CLOCK_FILE", default="")
PHONES_PAGE = env.bool("PHONES_PAGE", default=False)

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
TIME_ZONE = env.str("TIME_ZONE", default="America/New_York")

# ---- from here on nothing is read from the environment ----

INSTALLED_APPS = [
    "smscompliance.apps.SmscomplianceConfig",
    "smscompliance.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "simple_history",
    "import_export",
    "altcha_django",
    "axes",
    "csp",
    "consent",
    "campaigns",
]
if PHONES_PAGE:
    INSTALLED_APPS += ["smscompliance.devstack", "smscompliance.devstack.phones"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
    "smscompliance.statement_limit.StatementLimit",
]

ROOT_URLCONF = "smscompliance.urls"
WSGI_APPLICATION = "smscompliance.wsgi.application"
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
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Shared by all web processes, so that a CAPTCHA is never good twice
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
    }
}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.5  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False

SECURE_SSL_REDIRECT = HTTPS_ONLY
SESSION_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_SECURE = HTTPS_ONLY
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 12 * 3600
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "worker-src": ["'self'", "blob:"],
    }
}

LANGUAGE_CODE = "en-us"
USE_I18N = True
FORMAT_MODULE_PATH = ["smscompliance.formats"]
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# No URL leads to uploaded files: they are handed out by views that ask for permission
MEDIA_URL = ""
# Lists, evidence and exports hold numbers: nobody else on the machine may read them
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "change"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"

SIMPLE_HISTORY_REVERT_DISABLED = True
# History is read by the row that it is of: no long one is asked by date
SIMPLE_HISTORY_DATE_INDEX = False

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL, region=AWS_REGION)
CELERY_BEAT_SCHEDULE = schedule(receipt_seconds=RECEIPT_SECONDS)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "masked": {
            "()": "smscompliance.logs.MaskingFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "masked"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "botocore": {"level": "WARNING"},
        "boto3": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
    },
}
