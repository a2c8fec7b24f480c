#!/bin/sh
# What a container is: `api`, `worker`, `migrate`, or any other command.
set -eu
# numba uses compiled kernels only from a folder that it could write to; the image is read-only.
mkdir -p "$CSV_PROCESSOR_CACHE"
cp -R /opt/kernels/. "$CSV_PROCESSOR_CACHE"
case "${1-}" in
  api) exec python -m ingest.server ;;
  worker) exec python -m stream worker ;;
  migrate) exec python -m cli migrate ;;
  csv-processor) shift; exec python -m cli "$@" ;;
  *) exec "$@" ;;
esac
