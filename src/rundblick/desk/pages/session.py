"""Signing in and out, and what a person chose: language, theme, contrast."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from rundblick.core.models import Installation
from rundblick.desk.context import CONTRAST_COOKIE, CONTRASTS, THEME_COOKIE, THEMES, role_name
from rundblick.people import limits
from rundblick.people.gate import needs, public
from rundblick.people.invitations import invited
from rundblick.people.models import User
from rundblick.people.sample import SAMPLE_PASSWORD

_YEAR_S = 365 * 24 * 3600


@public("who is not signed in has to be able to sign in")
@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page. In a database that is marked as sample it names the sample accounts."""
    onward = _onward(request)
    if request.user.is_authenticated:
        return redirect(onward)
    account, address = request.POST.get("username", ""), limits.address_of(request)
    wait = limits.try_sign_in(account, address) if request.method == "POST" else 0.0
    form = AuthenticationForm(request, data=None if wait else request.POST or None)
    if request.method == "POST" and not wait and form.is_valid():
        user = form.get_user()
        assert isinstance(user, User)
        limits.signed_in(account, address)
        login(request, user)
        response = redirect(onward)
        if user.language:
            _keep_language(response, user.language)
        return response
    installed = Installation.objects.filter(pk=1).first()
    sample = _sample_logins() if installed is not None and installed.sample else []
    context = {
        "form": form,
        "too_many": limits.wait_text(wait) if wait else "",
        "next": onward,
        "company": installed.company if installed else "",
        "sample_logins": sample,
        "sample_password": SAMPLE_PASSWORD,
    }
    status = 429 if wait else 422 if request.method == "POST" else 200
    page = render(request, "desk/pages/sign_in.html", context, status=status)
    if wait:
        page["Retry-After"] = limits.retry_after(wait)
    return page


@public("whoever was invited has no password yet; the link is the secret, and good once")
@sensitive_post_parameters()
@never_cache
def welcome(request: HttpRequest, uuid: UUID, token: str) -> HttpResponse:
    """The page an invitation leads to: it takes a password and signs in."""
    user = invited(uuid, token)
    if user is None:
        return render(request, "desk/pages/welcome.html", {"user_invited": None}, status=404)
    form: SetPasswordForm[User] = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        login(request, user)
        return redirect("desk:inbox")
    context = {"form": form, "user_invited": user}
    return render(request, "desk/pages/welcome.html", context, status=422 if request.method == "POST" else 200)


@needs("self")
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("desk:sign-in")


@needs("self")
@require_POST
def welcomed(request: HttpRequest) -> HttpResponse:
    """The welcome of the first sign-in was read: it never comes again."""
    User.objects.filter(pk=request.user.pk or 0, welcomed_at__isnull=True).update(welcomed_at=timezone.now())
    return redirect(_onward(request))


@public("language and theme can be chosen before signing in; they concern nobody else")
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keeps language, theme or contrast: for a person with the account, before signing in in a cookie."""
    language, theme = request.POST.get("language", ""), request.POST.get("theme", "")
    response: HttpResponse = HttpResponseRedirect(_onward(request))
    if request.headers.get("X-Requested-With") == "fetch":
        response = HttpResponse(status=204)
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        _keep_language(response, language)
    else:
        language = ""
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR_S, samesite="Lax", httponly=True)
    else:
        theme = ""
    contrast = request.POST.get("contrast", "")
    if contrast in CONTRASTS:
        response.set_cookie(CONTRAST_COOKIE, contrast, max_age=_YEAR_S, samesite="Lax", httponly=True)
    else:
        contrast = ""
    if request.user.is_authenticated:
        given = (("language", language), ("theme", theme), ("contrast", contrast))
        chosen = {key: value for key, value in given if value}
        if chosen:
            User.objects.filter(pk=request.user.pk).update(**chosen)
    return response


def _keep_language(response: HttpResponse, language: str) -> None:
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=_YEAR_S, samesite="Lax", httponly=True)


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return reverse("desk:inbox")


def _sample_logins() -> list[dict[str, str]]:
    users = User.objects.filter(is_active=True).order_by("id")[:8]
    return [{"email": user.email, "name": user.name, "role": role_name(user.role)} for user in users]
