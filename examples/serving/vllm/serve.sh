#!/bin/sh
# One machine: the model is split over its GPUs.
set -eu
MODEL=${MODEL:?the model, as vLLM names it}
GPUS=${GPUS:-8}
WINDOW=${WINDOW:-1048576}
PORT=${PORT:-8000}

# Prefix caching is on by default; the flag says that it is meant. Without the last flag the usage
# does not tell how many tokens were cached.
exec vllm serve "$MODEL" \
    --host 127.0.0.1 --port "$PORT" \
    --served-model-name own \
    --tensor-parallel-size "$GPUS" \
    --max-model-len "$WINDOW" \
    --enable-prefix-caching \
    --enable-prompt-tokens-details
