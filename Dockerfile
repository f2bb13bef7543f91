# An image that serves the packaged dataset. It runs with a read-only root file system:
#
#     docker build --tag calibaja-api .
#     docker run --read-only --cap-drop ALL --stop-timeout 35 --publish 127.0.0.1:8000:8000 calibaja-api
#
# With --tmpfs /tmp large sorts spill there instead of taking memory, and several processes tell /metrics of each other.

ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
# The same path as in the image that runs, since the scripts of a virtual environment hold its path.
RUN python -m venv /opt/calibaja
WORKDIR /build
# Dependencies come first: their layer is kept as long as the pinned versions are.
COPY requirements/serving.txt requirements/
RUN /opt/calibaja/bin/pip install --require-hashes --requirement requirements/serving.txt
COPY LICENSE LICENSE-DATA README.md pyproject.toml ./
COPY migrations migrations/
COPY seed seed/
COPY src src/
# The build tools are among the pinned requirements, so nothing is fetched that has no hash.
RUN /opt/calibaja/bin/pip wheel --no-deps --no-index --no-build-isolation --wheel-dir dist . \
    && /opt/calibaja/bin/pip install --no-deps --no-index dist/*.whl
# Published here and not at start: the server never writes. It leaves a dataset that was published by hand as it is.
# Layers have no hard links, so that the same file under its other name, with the versions that are kept, would be another 6 MB.
RUN /opt/calibaja/bin/calibaja publish --database sqlite:////opt/calibaja/data/calibaja.sqlite3 \
    && rm -r /opt/calibaja/data/calibaja.sqlite3.kept /opt/calibaja/data/calibaja.sqlite3.lock

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="calibaja-api" \
      org.opencontainers.image.description="Facts about the Cali-Baja mega region as JSON, each with its source" \
      org.opencontainers.image.licenses="MIT AND CC-BY-4.0"
COPY --from=build /opt/calibaja /opt/calibaja
# The modules were compiled when they were installed; without a writable file system Python need not try.
ENV PATH=/opt/calibaja/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CALIBAJA_DATABASE_URL=sqlite:////opt/calibaja/data/calibaja.sqlite3 \
    CALIBAJA_LOG_FORMAT=json
# A number and not a name, so that a cluster can see that it is not root. Everything in the image belongs to root.
USER 10001:10001
EXPOSE 8000
# Requests that have begun are finished when the server is told to stop, within 30 seconds.
STOPSIGNAL SIGTERM
# The image has no curl; http.client asks no proxy.
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=2); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]
# 0.0.0.0 is this container's own network; what reaches it is decided by --publish.
CMD ["calibaja", "serve", "--host", "0.0.0.0", "--port", "8000"]
