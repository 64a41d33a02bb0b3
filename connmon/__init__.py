"""Wires everything together: settings, addresses, Celery, WSGI. Nothing imports it."""

from connmon.celery import app as celery_app

__all__ = ["celery_app"]
