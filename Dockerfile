# One image for web, worker, beat and migrations. Base images are pinned by version; change them here and nowhere else.
FROM python:3.13.7-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/static

RUN useradd --system --uid 10001 --no-create-home connmon

WORKDIR /srv/connmon

COPY requirements/run.lock requirements/run.lock
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.lock

COPY manage.py manage.py
COPY connmon connmon
COPY common common
COPY accounts accounts
COPY sources sources
COPY consumers consumers
COPY connections connections
COPY syncs syncs
COPY ingest ingest
COPY dashboard dashboard
COPY templates templates
COPY static static

# The settings ask for these; collecting files uses none of them.
RUN SECRET_KEY=for-this-step-only-and-never-for-anything-else \
    PUBLIC_URL=https://connmon.invalid \
    DATABASE_URL=postgresql://connmon.invalid/connmon \
    REDIS_URL=redis://connmon.invalid \
    python manage.py collectstatic --no-input

USER 10001

EXPOSE 8000

# The address is our own, the host name the public one: any other host name is refused.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "import os, urllib.parse, urllib.request as r; r.urlopen(r.Request('http://127.0.0.1:8000/healthz', headers={'Host': urllib.parse.urlsplit(os.environ['PUBLIC_URL']).netloc}), timeout=4)"]

CMD ["gunicorn", "connmon.wsgi:application", "--bind=0.0.0.0:8000", "--workers=4", "--timeout=60", "--graceful-timeout=20", "--worker-tmp-dir=/dev/shm", "--no-control-socket", "--access-logfile=-"]
