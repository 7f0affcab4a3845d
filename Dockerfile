# syntax=docker/dockerfile:1
# Two stages: the first has pip, the second has Python, the program and a user that owns nothing but its data.
FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /build
RUN python -m venv /opt/credwatch
COPY requirements/runtime.txt requirements/runtime.txt
RUN /opt/credwatch/bin/python -m pip install --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY credwatch credwatch
COPY providers providers
COPY deploy/slim.py slim.py
# Compiled now: the root file system is read-only later, and each start without it costs a second.
RUN /opt/credwatch/bin/python -m pip install --no-deps . \
 && /opt/credwatch/bin/python slim.py \
 && /opt/credwatch/bin/python -m pip uninstall --yes pip \
 && python -m compileall -q -j 0 /opt/credwatch

FROM python:3.13-slim

LABEL org.opencontainers.image.title="credwatch" \
      org.opencontainers.image.description="Watches every production credential and tells the on-call before it dies." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/credwatch --shell /usr/sbin/nologin credwatch \
 && install -d -m 0700 -o credwatch -g credwatch /var/lib/credwatch
COPY --from=build /opt/credwatch /opt/credwatch
ENV PATH=/opt/credwatch/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/credwatch
VOLUME /var/lib/credwatch
EXPOSE 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/opt/credwatch/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8081/livez', timeout=3)"]
ENTRYPOINT ["/opt/credwatch/bin/credwatch"]
CMD ["run"]
