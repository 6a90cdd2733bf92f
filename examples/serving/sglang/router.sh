#!/bin/sh
# Several workers as one server. cache_aware sends a request to the worker that has its prefix.
#   WORKERS="http://10.0.0.1:30000 http://10.0.0.2:30000" sh router.sh
set -eu
WORKERS=${WORKERS:?the addresses of the workers, with spaces between them}
PORT=${PORT:-8000}

# shellcheck disable=SC2086 # each address is an argument of its own
exec python3 -m sglang_router.launch_router \
    --worker-urls $WORKERS \
    --policy cache_aware \
    --host 127.0.0.1 --port "$PORT"
