"""The Celery application: `celery -A connmon worker` and `celery -A connmon beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connmon.settings")

app = Celery("connmon")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
