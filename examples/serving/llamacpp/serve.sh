#!/bin/sh
# One machine, with or without a GPU. The context is divided among the slots, so it is the window
# times their number; --cache-ram (MiB) keeps prefixes of slots that have gone on to others.
set -eu
MODEL=${MODEL:?a .gguf file}
SLOTS=${SLOTS:-4}
WINDOW=${WINDOW:-131072}
PORT=${PORT:-8080}

exec llama-server \
    --model "$MODEL" --alias own \
    --host 127.0.0.1 --port "$PORT" \
    --parallel "$SLOTS" \
    --ctx-size "$((WINDOW * SLOTS))" \
    --cache-ram 32768
