"""Django's settings. What an operator may set is RUNDBLICK_* or ``settings.toml`` in RUNDBLICK_HOME (core.home)."""

from __future__ import annotations

from pathlib import Path

from rundblick.core import home
from rundblick.core.database import django_settings
from rundblick.core.server import database_url

PACKAGE = Path(__file__).resolve().parent
RUNDBLICK = home.settings()

SECRET_KEY = home.secret_key()
DEBUG = RUNDBLICK.debug
ALLOWED_HOSTS = home.hosts(RUNDBLICK)
CSRF_TRUSTED_ORIGINS = home.origins(RUNDBLICK)

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "rundblick.core",
    "rundblick.privacy",
    "rundblick.customers",
    "rundblick.people",
    "rundblick.cases",
    "rundblick.understanding",
    "rundblick.channels",
    "rundblick.intake",
    "rundblick.connectors",
    "rundblick.voice",
    "rundblick.exports",
    "rundblick.blindspots",
    "rundblick.desk",
    "rundblick.api",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "rundblick.desk.static_files.CompressedStatic",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "rundblick.people.middleware.GateMiddleware",
    "rundblick.desk.middleware.PageHeadersMiddleware",
]

ROOT_URLCONF = "rundblick.urls"
WSGI_APPLICATION = "rundblick.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "rundblick.desk.context.desk",
            ],
        },
    }
]

DATABASES = {"default": django_settings(database_url())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "desk:sign-in"
LOGIN_REDIRECT_URL = "desk:inbox"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "rundblick.desk.pages.errors.csrf_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = RUNDBLICK.public_url.startswith("https://")
if RUNDBLICK.behind_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = RUNDBLICK.language
LANGUAGES = [("de", "Deutsch"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "cli" / "locale"]  # no room of its own in INSTALLED_APPS

STATIC_URL = "/static/"
STATICFILES_DIRS: list[str] = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "rundblick.desk.static_files.VersionedStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

SILENCED_SYSTEM_CHECKS: list[str] = []
