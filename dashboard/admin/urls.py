"""Addresses of administration."""

from django.urls import path

from dashboard.admin import audit, chift, deleted, keys, sources, users

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
    path("sources/chift/new/", chift.create, name="chift-new"),
    path("sources/<int:pk>/", chift.source, name="chift-source"),
    path("sources/<int:pk>/edit/", chift.edit, name="chift-edit"),
    path("sources/<int:pk>/test/", chift.test, name="chift-test"),
    path("sources/<int:pk>/run/", chift.run_now, name="chift-run"),
    path("sources/<int:pk>/cancel/", chift.cancel, name="chift-cancel"),
    path("sources/<int:pk>/pause/", chift.pause, name="chift-pause"),
    path("sources/<int:pk>/resume/", chift.resume, name="chift-resume"),
    path("sources/<int:pk>/runs/", chift.runs, name="chift-runs"),
    path("sources/<int:pk>/deliveries/", chift.deliveries, name="chift-deliveries"),
    path("deliveries/<int:pk>/again/", chift.again, name="delivery-again"),
    path("deleted/", deleted.deleted, name="deleted-consumers"),
    path("audit/", audit.audit_log, name="audit-log"),
]
