# Taskapp: its nodes, and by another command its jobs and its migrations (compose.yaml).

FROM python:3.13.9-slim-trixie@sha256:326df678c20c78d465db501563f3492d17c42a4afe33a1f2bf5406a1d56b0e86 AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# What is needed to install stays behind in this stage; pip refuses what has another hash.
FROM base AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-compile --disable-pip-version-check \
       --require-hashes --only-binary :all: --requirement requirements.txt \
    && /opt/venv/bin/python -m compileall -q /opt/venv/lib

FROM base
LABEL org.opencontainers.image.title="Taskapp" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/venv/bin:$PATH \
    FLASK_APP=wsgi \
    HOST=0.0.0.0 \
    PORT=8000 \
    LOG_FILE= \
    LOG_FORMAT=json \
    DATABASE_URL=sqlite:////data/taskapp.db \
    JOBS_URL=sqlite:////data/jobs.db \
    STORAGE_URL=file:///data/attachments
# The numbers are fixed so that a volume of one release belongs to the next.
RUN groupadd --gid 10001 taskapp \
    && useradd --uid 10001 --gid taskapp --no-create-home --home-dir /data taskapp \
    && install --directory --owner=taskapp --group=taskapp --mode=700 /data \
    && install --directory --owner=taskapp --group=taskapp /assets
COPY --from=build /opt/venv /opt/venv
WORKDIR /srv/taskapp
COPY . .
RUN python -m compileall -q .
USER 10001:10001
# All that it writes: attachments, and an SQLite database if it has one. The rest may be read-only,
# with /tmp in memory.
VOLUME /data
EXPOSE 8000
# Alive, not ready: an engine that restarts what is unhealthy must not do so because the database is
# away.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --start-interval=1s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:%s/healthz' % os.environ['PORT'], timeout=4)"]
# gunicorn stops gracefully on this, within its graceful_timeout.
STOPSIGNAL SIGTERM
CMD ["gunicorn", "--preload", "wsgi:app"]
