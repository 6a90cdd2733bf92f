#!/bin/sh
# Several machines: tensor parallel inside a machine, pipeline parallel across them, on Ray.
#   on every other machine:  HEAD=10.0.0.1 sh cluster.sh join
#   on the first, last:      MODEL=… MACHINES=2 sh cluster.sh serve
set -eu
GPUS=${GPUS:-8}
WINDOW=${WINDOW:-4194304}
PORT=${PORT:-8000}
RAY_PORT=${RAY_PORT:-6379}

case ${1:?join or serve} in
join)
    exec ray start --address="${HEAD:?the address of the first machine}:$RAY_PORT" --block
    ;;
serve)
    ray start --head --port="$RAY_PORT"
    exec vllm serve "${MODEL:?the model, as vLLM names it}" \
        --host 127.0.0.1 --port "$PORT" \
        --served-model-name own \
        --distributed-executor-backend ray \
        --tensor-parallel-size "$GPUS" \
        --pipeline-parallel-size "${MACHINES:?how many machines}" \
        --max-model-len "$WINDOW" \
        --enable-prefix-caching \
        --enable-prompt-tokens-details
    ;;
*)
    echo "join or serve, not $1" >&2
    exit 2
    ;;
esac
