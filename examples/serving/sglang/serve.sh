#!/bin/sh
# One worker. Prefixes are kept by default; without the last flag nothing is reported as cached.
set -eu
MODEL=${MODEL:?the model, as SGLang names it}
GPUS=${GPUS:-8}
WINDOW=${WINDOW:-1048576}
HOST=${HOST:-127.0.0.1}
PORT=${PORT:-30000}

exec python3 -m sglang.launch_server \
    --model-path "$MODEL" --served-model-name own \
    --host "$HOST" --port "$PORT" \
    --tp "$GPUS" \
    --context-length "$WINDOW" \
    --enable-cache-report
