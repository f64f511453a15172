# SPDX-License-Identifier: Apache-2.0
"""The one settings file. Everything that differs between machines comes from the environment (env.py)."""

from pathlib import Path

import dj_database_url
from django.utils.translation import gettext_lazy as _

from ascolto.config import env

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(env.text("ASCOLTO_HOME", str(ROOT / "var")))
"""Where Ascolto keeps what it makes: the embedded database, letters for the print house, the secret key."""

DEMO = env.flag("ASCOLTO_DEMO", False)
DEBUG = env.flag("ASCOLTO_DEBUG", False)


def _secret_key() -> str:
    """From the environment; else one made on the first start and kept, readable by the owner only."""
    import os
    import secrets

    given = os.environ.get("ASCOLTO_SECRET_KEY")
    if given:
        return given
    HOME.mkdir(parents=True, exist_ok=True)
    kept = HOME / "secret_key"
    try:
        handle = os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return kept.read_text()
    with os.fdopen(handle, "w") as file:
        key = secrets.token_urlsafe(50)
        file.write(key)
    return key


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.words("ASCOLTO_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.words("ASCOLTO_ORIGINS", "")

INSTALLED_APPS = [
    "ascolto.web",
    "ascolto.web.desk",
    "ascolto.web.insight",
    "ascolto.domain.strategy",
    "ascolto.domain.mandates",
    "ascolto.domain.intake",
    "ascolto.domain.agreements",
    "ascolto.domain.debits",
    "ascolto.domain.outreach",
    "ascolto.domain.ledger",
    "ascolto.domain.care",
    "ascolto.domain.portfolio",
    "ascolto.domain.access",
    "ascolto.domain.records",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "allauth",
    "allauth.account",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ascolto.web.middleware.ContentSecurityPolicy",
]
_LOADERS = [
    (
        "template_partials.loader.Loader",
        [
            (
                "django.template.loaders.cached.Loader",
                ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"],
            )
        ],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": _LOADERS,
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ascolto.web.ui.page_context",
                "ascolto.config.context.demo_logins",
            ],
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "ascolto.web.templatetags.ascolto",
            ],
        },
    }
]
ROOT_URLCONF = "ascolto.config.urls"
WSGI_APPLICATION = "ascolto.config.wsgi.application"

DATABASES = {
    "default": dj_database_url.parse(env.text("DATABASE_URL", f"sqlite:///{HOME / 'ascolto.sqlite3'}"), conn_max_age=60)
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets people read while the night writes; immediate transactions queue writers instead of failing them.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "ascolto.web.accounts.NoSignup"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True

LANGUAGE_CODE = "it"
LANGUAGES = [("it", _("Italian")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "ascolto" / "domain" / "locale", ROOT / "ascolto" / "config" / "locale"]
TIME_ZONE = "Europe/Rome"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True

SESSION_ENGINE = "ascolto.web.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 10
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = env.flag("ASCOLTO_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

DATA_UPLOAD_MAX_MEMORY_SIZE = 60 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 2100

SMTP_URL = env.text("ASCOLTO_SMTP_URL", "")
"""smtp://user:password@host:port of the mail server. Empty: messages are written but wait in the outbox."""
PEC_URL = env.text("ASCOLTO_PEC_URL", "")
"""The same for the certified mailbox (PEC): the provider's SMTP server. Empty: PEC messages wait."""
INBOX_URLS = env.text("ASCOLTO_INBOX_URLS", "").split()
"""Mailboxes to read, parted by blanks: imaps://user:password@host/INBOX?client=name, with &pec=1 for a certified one."""
SLICE = env.number("ASCOLTO_SLICE", 50_000)
"""Customers that one worker of the night decides at a time: more is a little faster and takes more memory."""
PRINT_FOLDER = HOME / "print"
SENDING_FOLDER = HOME / "sending"
"""Notes of the sending workers that are at work; empty otherwise."""
PROVIDERS_FILE = env.text("ASCOLTO_PROVIDERS", "")
"""A file of one's own in place of policies/sending/providers.toml: how fast each provider may be written to."""
PRINTING_FILE = env.text("ASCOLTO_PRINTING", "")
"""The same for policies/sending/print.toml: how letters are bundled for the print house."""

ENGINE = env.engine("ASCOLTO_ENGINE")
"""Where a large night decides: `duckdb`, in its workers; or the sc:// address of a Spark Connect server."""
NIGHTS = Path(env.text("ASCOLTO_NIGHTS", str(HOME / "nights")))
"""Where a large night's facts lie while it runs: workers on other machines and Spark's must see it under the same name."""

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("ASCOLTO_LOG", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"] if not HTTPS else []
