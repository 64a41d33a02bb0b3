"""Users: who may sign in, and what they may do."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from common.roles import admin_required
from dashboard.admin import changes
from dashboard.admin.forms import PasswordForm, RoleForm, UserForm, applied
from dashboard.auditing import by

_PAGE = 50

_takes_forms = require_http_methods(["GET", "HEAD", "POST"])


@admin_required
@require_safe
def users(request: HttpRequest) -> HttpResponse:
    """List all users, active ones first."""
    everybody = User.objects.order_by("-is_active", "username")
    page = Paginator(everybody, _PAGE).get_page(request.GET.get("page"))
    return render(request, "dashboard/admin/users.html", {"page": page})


@admin_required
@_takes_forms
def create(request: HttpRequest) -> HttpResponse:
    """Make a user."""
    form = UserForm(request.POST or None)
    user = applied(
        form,
        lambda: changes.create_user(
            by(request),
            username=form.cleaned_data["username"],
            password=form.cleaned_data["password"],
            role=form.cleaned_data["role"],
        ),
    )
    if user:
        messages.success(request, f"{user.username} can sign in now.")
        return redirect("users")
    return render(request, "dashboard/admin/user_new.html", {"form": form})


@admin_required
@_takes_forms
def user(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one user; a sent form changes the role."""
    person = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST or None, initial={"role": person.role})
    who = by(request)
    if applied(form, lambda: changes.change_role(who, user=person, role=form.cleaned_data["role"])):
        messages.success(request, f"{person.username} has the role {person.get_role_display().lower()} now.")
        # Who gave up their own role may not see the list any more.
        return redirect("overview" if person == request.user and not person.is_admin else "users")
    return render(request, "dashboard/admin/user.html", {"person": person, "form": form})


@admin_required
@_takes_forms
def password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a user a new password."""
    person = get_object_or_404(User, pk=pk)
    form = PasswordForm(request.POST or None)
    who = by(request)
    if applied(form, lambda: changes.set_password(who, user=person, password=form.cleaned_data["password"])):
        if person == request.user:
            update_session_auth_hash(request, person)
        messages.success(request, f"{person.username} has a new password; their other sessions are signed out.")
        return redirect("user", pk)
    return render(request, "dashboard/admin/user_password.html", {"person": person, "form": form})


@admin_required
@_takes_forms
def deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, then lock a user out."""
    person = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        return render(request, "dashboard/admin/user_deactivate.html", {"person": person})
    return _set_active(request, person, is_active=False)


@admin_required
@require_POST
def reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a user in again."""
    return _set_active(request, get_object_or_404(User, pk=pk), is_active=True)


def _set_active(request: HttpRequest, person: User, *, is_active: bool) -> HttpResponse:
    try:
        changes.set_active(by(request), user=person, is_active=is_active)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("user", person.pk)
    done = "can sign in again" if is_active else "is signed out and can not sign in any more"
    messages.success(request, f"{person.username} {done}.")
    return redirect("users")
