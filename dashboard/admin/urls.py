"""Addresses of administration."""

from django.urls import path

from dashboard.admin import audit, deleted, keys, sources, users

urlpatterns = [
    path("users/", users.users, name="users"),
    path("users/new/", users.create, name="user-new"),
    path("users/<int:pk>/", users.user, name="user"),
    path("users/<int:pk>/password/", users.password, name="user-password"),
    path("users/<int:pk>/deactivate/", users.deactivate, name="user-deactivate"),
    path("users/<int:pk>/reactivate/", users.reactivate, name="user-reactivate"),
    path("api-keys/", keys.keys, name="api-keys"),
    path("api-keys/new/", keys.create, name="api-key-new"),
    path("api-keys/<int:pk>/revoke/", keys.revoke, name="api-key-revoke"),
    path("sources/", sources.sources, name="sources"),
    path("sources/<int:pk>/rename/", sources.rename, name="source-rename"),
    path("deleted/", deleted.deleted, name="deleted-consumers"),
    path("audit/", audit.audit_log, name="audit-log"),
]
