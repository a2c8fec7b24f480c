#!/bin/sh
# What a container is: `api`, `worker`, `migrate`, `secrets`, `metrics-key`, or any other command.
set -eu
case "${1-}" in
  secrets) exec /app/deploy/make-secrets ;;
  metrics-key) exec /app/deploy/metrics-key ;;
  migrate) exec csv-processor migrate ;;
esac
# numba uses compiled kernels only from a folder that it could write to; the image is read-only.
mkdir -p "$CSV_PROCESSOR_CACHE"
cp -R /opt/kernels/. "$CSV_PROCESSOR_CACHE"
case "${1-}" in
  api) exec python -m ingest.server ;;
  worker) exec python -m stream worker ;;
  *) exec "$@" ;;
esac
