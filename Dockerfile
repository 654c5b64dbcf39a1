# One image for `serve`, `migrate` and every job: the command says which. Nothing is written to its file system, so run it with a
# read-only root; /tmp may be a tmpfs. `docker build -t cardline .` (docs/deployment.md)
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
COPY requirements.lock pyproject.toml MANIFEST.in README.md LICENSE CHANGELOG.md ./
# The lock names what tests need as well; here it only says which versions.
RUN grep -oE '^[a-zA-Z0-9._-]+==[^ ]+' requirements.lock > constraints.txt && python -m venv /usr/local/cardline
# hadolint ignore=DL3059
RUN /usr/local/cardline/bin/python -m pip install --no-cache-dir --constraint constraints.txt setuptools
COPY authorizer authorizer
COPY cardline cardline
COPY clearing clearing
COPY configs configs
COPY ledger ledger
COPY simulator simulator
COPY switch switch
RUN /usr/local/cardline/bin/python -m pip install --no-cache-dir --no-build-isolation --constraint constraints.txt .

FROM python:3.11-slim-bookworm
# A volume at /var/lib/cardline takes its owner from here: the switch keeps its anchors there.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin cardline \
    && install --directory --owner=10001 --mode=0700 /var/lib/cardline
COPY --from=build /usr/local/cardline /usr/local/cardline
ENV PATH=/usr/local/cardline/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 CARDLINE_METRICS_LISTEN=0.0.0.0:9583
USER 10001
WORKDIR /tmp
EXPOSE 8583 8584 9583
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:9583/healthz', timeout=2)"]
ENTRYPOINT ["cardline"]
CMD ["serve", "--config", "/etc/cardline/cardline.toml"]
