"""Django settings: everything that differs between places comes from flightsite/env.py."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab

from flightsite import __version__, logs, sidebar
from flightsite.env import read_environment

VERSION = __version__
BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = read_environment()

DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
DATA_DIR = ENVIRONMENT.data_dir
LOGIN_REDIRECT_URL = "admin:index"
# Five wrong passwords for a name from one address, and that pair waits; the address is what uvicorn tells.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "flightsite/locked_out.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False  # it would greet at every start
ROOT_URLCONF = "flightsite.urls"
ASGI_APPLICATION = "flightsite.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
APPEND_SLASH = True

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "django_structlog",
    "corsheaders",
    "axes",
    "flights",
    "flights.keys",
    "ingestion",
    "streaming",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "flights.api.compression.ApiCompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "flights.api.conditional.conditional_middleware",
    "axes.middleware.AxesMiddleware",
    "flightsite.counting.BoundedAfterMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "flightsite" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"operations": "flightsite.operations.tags"},
        },
    }
]
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "flightsite" / "static"]
WHITENOISE_USE_FINDERS = DEBUG or not STATIC_ROOT.is_dir()  # collected in the image, else served where they lie
WHITENOISE_AUTOREFRESH = DEBUG

# Two databases on purpose: Django's own tables and the run ledger in SQL, flights as documents (docs/decisions.md).
MONGODB_URI = ENVIRONMENT.mongodb_uri
MONGODB_DATABASE = urlsplit(MONGODB_URI).path.strip("/") or "flightsite"
DATABASES: dict[str, Any] = {
    "default": dj_database_url.parse(ENVIRONMENT.database_url, conn_max_age=60, conn_health_checks=True),
    "mongodb": {
        "ENGINE": "django_mongodb_backend",
        "HOST": MONGODB_URI,
        "NAME": MONGODB_DATABASE,
        "OPTIONS": {"serverSelectionTimeoutMS": 5_000, "connectTimeoutMS": 5_000},
        "TEST": {"NAME": MONGODB_DATABASE, "MIGRATE": False},
    },
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    Path(str(DATABASES["default"]["NAME"])).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        "transaction_mode": "IMMEDIATE",
        "timeout": 4,  # ingestion/retries.py tries again; below it no signal is noticed
    }
DATABASE_ROUTERS = ["flightsite.routers.DocumentRouter"]

AVIATIONSTACK: dict[str, Any] = {
    "access_key": ENVIRONMENT.access_key,
    "base_url": ENVIRONMENT.base_url,
    "monthly_requests": ENVIRONMENT.monthly_requests,
}
INGEST_SCHEDULE = ENVIRONMENT.schedule
QUOTA = ENVIRONMENT.quota
# What a slot asks for: queries with their shares of its pages; {} is every flight that the upstream lists.
COLLECTION_PLAN = ENVIRONMENT.collection_plan

SCHEMA_FINDINGS_MAX = 500  # of a kind; beyond that one finding stands for all others

# Later tries of a step that failed in passing (what is tried at once is in ingestion/retries.py).
STEP_RETRIES = 5
STEP_RETRY_SECONDS = 300
RESUME_SECONDS = 60  # how often beat takes up runs that nobody works on
WATCH_SECONDS = 60  # how often beat looks for missed slots and stuck runs
RUN_DEADLINE_SECONDS = 7200

KAFKA_BOOTSTRAP_SERVERS = ENVIRONMENT.kafka_bootstrap_servers
KAFKA_OBSERVED_TOPIC = "flights.observed"
KAFKA_DEAD_LETTER_TOPIC = "flights.dead-letter"
KAFKA_PARTITIONS = 6
KAFKA_REPLICATION_FACTOR = ENVIRONMENT.kafka_replication_factor  # of topics that are made from now on
KAFKA_CONNECTION = ENVIRONMENT.kafka_connection  # TLS, login: for all that talks with the brokers
# Passed to librdkafka as they are, over the defaults of streaming/producer.py and streaming/consumer.py.
KAFKA_PRODUCER: dict[str, str | int | bool] = {}
KAFKA_CONSUMER: dict[str, str | int | bool] = {}
CONSUMER_BATCH_MESSAGES = 1_000
CONSUMER_BATCH_SECONDS = 0.2

REDIS_URL = ENVIRONMENT.redis_url
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_keepalive": True}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 3.0  # for SIGTERM see the Procfile: then the task goes back to the queue
DJANGO_STRUCTLOG_CELERY_ENABLED = True
CELERY_TIMEZONE = "UTC"
RECONSTRUCT_SLOTS = ENVIRONMENT.reconstruct_slots  # from past days that are fetched, without being asked
RETENTION_PAGES_DAYS = ENVIRONMENT.retention_pages_days  # raw pages; 0 keeps them for ever
RETENTION_OBSERVATIONS_DAYS = ENVIRONMENT.retention_observations_days  # of archived months; 0 keeps them for ever
ARCHIVE_DIR = ENVIRONMENT.archive_dir  # months as Parquet files
RETENTION_TOPIC_DAYS = ENVIRONMENT.retention_topic_days  # messages of observations
CELERY_BEAT_CRON_STARTING_DEADLINE = 60  # no catch-up: a tick that beat slept through is not made up for
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "collect-slot": {
        "task": "ingestion.tasks.collect_slot",
        "schedule": crontab.from_string(INGEST_SCHEDULE),
        "options": {"expires": 600},
    },
    "resume-runs": {
        "task": "ingestion.tasks.resume_runs",
        "schedule": RESUME_SECONDS,
        "options": {"expires": RESUME_SECONDS},
    },
    "advance-backfills": {
        "task": "ingestion.tasks.advance_backfills",
        "schedule": RESUME_SECONDS,
        "options": {"expires": RESUME_SECONDS},
    },
    "prune": {
        "task": "ingestion.tasks.prune_old",
        "schedule": crontab(hour=3, minute=17),
        "options": {"expires": 3600},
    },
    "watch-slots": {
        "task": "ingestion.tasks.watch_slots",
        "schedule": WATCH_SECONDS,
        "options": {"expires": WATCH_SECONDS},
    },
    "reconstruct-slots": {
        "task": "ingestion.tasks.reconstruct_slots",
        "schedule": WATCH_SECONDS,
        "options": {"expires": WATCH_SECONDS},
    },
}

# What each process tells Prometheus of itself. The folder is where web, or the worker, counts with its children.
METRICS_HOST = ENVIRONMENT.metrics_host
METRICS_PORT = ENVIRONMENT.metrics_port
METRICS_FOLDER = ENVIRONMENT.metrics_folder
# Of requests to the API, in seconds: most answers come within the first five, files may take minutes.
PROMETHEUS_LATENCY_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, float("inf"))

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["flights.api.permissions.HasKey"],
    "DEFAULT_RENDERER_CLASSES": ["flights.api.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "flights.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # `?format=` is an unknown parameter like any other
}
EXPORTS_MAX_BYTES = ENVIRONMENT.exports_max_mb * 1_000_000

# Pages of these other sites may read the API with a key of theirs; no cookie is ever sent along.
CORS_ALLOWED_ORIGINS = ENVIRONMENT.cors_allowed_origins
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS", "POST"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "if-range",
    "range",
]
CORS_EXPOSE_HEADERS = [
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Location",
    "Content-Range",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Repr-Digest",
    "Retry-After",
    "X-RateLimit-Counted",
    "X-Request-ID",
]
SPECTACULAR_SETTINGS = {
    "TITLE": "flightsite",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (BASE_DIR / "flights" / "api" / "start.md").read_text(encoding="utf-8"),
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": ["flights.api.schema.add_components"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "ApiKey": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "`Authorization: Api-Key YOUR_KEY`; keys are made in the admin.",
            }
        }
    },
    "SECURITY": [{"ApiKey": []}],
}

UNFOLD = sidebar.UNFOLD

SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
# Whoever watches the processes asks them directly, behind whatever ends TLS.
SECURE_SSL_REDIRECT = ENVIRONMENT.https_only
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.trust_proxy_tls else None
SECURE_HSTS_SECONDS = ENVIRONMENT.hsts_days * 24 * 3600 if ENVIRONMENT.https_only else 0
# Other hosts of the domain, and browsers' preloaded lists, are not ours to decide about.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
LOGGING = logs.configuration(readable=DEBUG)
LOGGING_CONFIG = "logging.config.dictConfig"
