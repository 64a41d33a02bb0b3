"""The app's place in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The people who use connmon: users and roles, sign-in, preferences, the audit log."""

    name = "accounts"
