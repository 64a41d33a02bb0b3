"""People are made, changed and sent away here. The last active admin stays: somebody must be able to let people in."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Role, User

DEMO_PASSWORD = "demo"  # noqa: S105 (known to everybody; only the demo makes such users)


class LastAdminError(ValidationError):
    """Without this user nobody could manage users any more."""

    def __init__(self) -> None:
        super().__init__("This is the last active admin. Make somebody else an admin first.")


def create_user(*, username: str, password: str, role: str) -> User:
    """Make a user. ValidationError names what is wrong with the name, the role or the password."""
    user = User(username=User.normalize_username(username), role=role)
    _check_password(password, user)
    user.set_password(password)
    user.full_clean()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # somebody else took the name since it was checked
        raise ValidationError({"username": "There is a user of that name already."}) from error
    return user


def create_demo_users() -> list[User]:
    """Make the three users of the demo where they are missing, past the password rules; return the new ones."""
    missing = [role for role in Role.values if not User.objects.filter(username=role).exists()]
    return [User.objects.create_user(role, DEMO_PASSWORD, role) for role in missing]


@transaction.atomic
def change_role(*, user: User, role: str) -> str:
    """Give a user another role and return the former. LastAdminError when it may not be taken away."""
    held = _hold(user, keeps_admin=role == Role.ADMIN)
    former = held.role
    held.role = role
    held.clean_fields(exclude=["password"])
    held.save(update_fields=["role"])
    user.role = role
    return former


@transaction.atomic
def deactivate(*, user: User) -> bool:
    """Lock a user out; every session of theirs ends with its next request. LastAdminError for the last admin."""
    held = _hold(user, keeps_admin=False)
    return _set_active(user, held, is_active=False)


@transaction.atomic
def reactivate(*, user: User) -> bool:
    """Let a user in again."""
    held = _hold(user, keeps_admin=True)
    return _set_active(user, held, is_active=True)


def set_password(*, user: User, password: str) -> None:
    """Give a user a new password, which ends all their sessions. ValidationError says why one is refused."""
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


def _hold(user: User, *, keeps_admin: bool) -> User:
    """Lock the active admins and the user, in one order for everybody, and return the user as stored now.

    Two admins who take each other's role at once wait here for one another, so the second sees what the first did.
    """
    admins = list(User.objects.select_for_update().filter(role=Role.ADMIN, is_active=True).order_by("pk"))
    if not keeps_admin and [admin.pk for admin in admins] == [user.pk]:
        raise LastAdminError
    return User.objects.select_for_update().get(pk=user.pk)


def _set_active(user: User, held: User, *, is_active: bool) -> bool:
    user.is_active = is_active
    if held.is_active == is_active:
        return False
    held.is_active = is_active
    held.save(update_fields=["is_active"])
    return True


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.messages}) from error
