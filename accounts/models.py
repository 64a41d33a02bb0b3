"""The people who use connmon, and what they changed."""

from __future__ import annotations

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models

from common.windows import zone_names


class Role(models.TextChoices):
    """What a user may do; each role includes the ones before it."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    ADMIN = "admin", "Admin"


class Theme(models.TextChoices):
    """The colours a user chose."""

    SYSTEM = "system", "As my device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


def check_zone(value: str) -> None:
    """Refuse a name that is no time zone."""
    if value and value not in zone_names():
        raise ValidationError("Choose a time zone from the list, such as Europe/Brussels.")


class UserManager(BaseUserManager["User"]):
    """Makes users."""

    def create_user(self, username: str, password: str | None, role: str = Role.VIEWER) -> User:
        """Make a user who can sign in with that password."""
        user = self.model(username=self.model.normalize_username(username), role=role)
        user.set_password(password)
        user.save()
        return user

    def zones_in_use(self) -> set[str]:
        """Return the time zones in which active users, and those who chose none, see the world."""
        chosen = self.filter(is_active=True).exclude(time_zone="").values_list("time_zone", flat=True)
        return {settings.TIME_ZONE, *chosen.distinct()}


class User(AbstractBaseUser):
    """One person who signs in; people are deactivated, not deleted, so that the audit log stays readable."""

    username = models.CharField(
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "There is a user of that name already."},
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, blank=True, validators=[check_zone])
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_is_known"),
            models.CheckConstraint(condition=models.Q(theme__in=Theme.values), name="user_theme_is_known"),
        )

    def __str__(self) -> str:
        return self.username

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown to this user: their own, or the installation's."""
        return ZoneInfo(self.time_zone or settings.TIME_ZONE)

    @property
    def is_operator(self) -> bool:
        """Whether this user may edit, delete, make links and track."""
        return self.role in {Role.OPERATOR, Role.ADMIN}

    @property
    def is_admin(self) -> bool:
        """Whether this user may manage users, API keys and sources."""
        return self.role == Role.ADMIN


class AuditEntry(models.Model):
    """One change that a person made: who, when, what, before and after; never changed, never deleted."""

    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target = models.CharField(max_length=255)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        ordering = ("-at", "-id")
        indexes = (
            # The audit page, newest first.
            models.Index(fields=["-at", "-id"], name="audit_newest"),
        )

    def __str__(self) -> str:
        return f"{self.actor_name} {self.action} {self.target}"
