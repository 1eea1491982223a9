# One image for every process of flightsite: the command decides which it is (docs/deploying.md).
# A digest pins the base to the byte: --build-arg PYTHON_IMAGE=python:3.12-slim-bookworm@sha256:…
ARG PYTHON_IMAGE=python:3.12-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY requirements.txt ./
# pip serves the build only. Nothing here loads Arrow's clients for S3 and Flight, which are a third of its bytes.
RUN python3 -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --no-compile --only-binary :all: --requirement requirements.txt \
 && /opt/venv/bin/pip check \
 && /opt/venv/bin/pip uninstall --yes setuptools pip \
 && cd /opt/venv/lib/python3*/site-packages \
 && rm -rf pyarrow/include pyarrow/tests pyarrow/src pyarrow/libarrow_flight* pyarrow/libarrow_python_flight* pyarrow/_flight* \
           pyarrow/libarrow_s3* pyarrow/_s3fs* \
 && /opt/venv/bin/python -c "import pyarrow.parquet, pyarrow.compute"
COPY manage.py ./
COPY flights flights
COPY streaming streaming
COPY ingestion ingestion
COPY flightsite flightsite
# Development's defaults need no secret; what they write goes to /tmp of this stage.
# Byte code is made here, once: in production the file system is read-only, and unchecked files need no times.
RUN DJANGO_DEBUG=1 FLIGHTSITE_DATA_DIR=/tmp/build /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
 && find /opt/venv -name static -type d -not -exec test -e {}/__init__.py \; -prune -exec rm -rf {} + \
 && find /opt/venv -name '*.po' -delete \
 && find . -name __pycache__ -prune -exec rm -rf {} + \
 && /opt/venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv/lib .

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="flightsite" \
      org.opencontainers.image.description="Flight data you can report on: collected from aviationstack, carried by Kafka, kept in MongoDB, served with its basis." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# A memory file system gets the rights of the folder that it covers, at the latest when its container is started again.
RUN install --directory --mode 1777 /run/metrics \
 && groupadd --gid 10001 flightsite \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin flightsite \
 && install --directory --owner 10001 --group 10001 --mode 0750 /data /archive
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
# REMAP_SIGTERM is what ends a worker within seconds (docs/operations.md, "Processes").
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=flightsite.settings \
    DJANGO_DEBUG=0 \
    FLIGHTSITE_DATA_DIR=/data \
    ARCHIVE_DIR=/archive \
    REMAP_SIGTERM=SIGQUIT \
    HEALTH_URL=http://127.0.0.1:8000/healthz
USER 10001:10001
VOLUME ["/data", "/archive"]
EXPOSE 8000 9100
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD python -IS flightsite/alive.py "$HEALTH_URL"
CMD ["uvicorn", "flightsite.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--timeout-graceful-shutdown", "5", "--no-access-log"]
