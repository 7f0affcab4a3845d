# syntax=docker/dockerfile:1
# Two stages: the first has pip, the second has Python, the program and a user that owns nothing but its data.
FROM python:3.13-slim AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements/build.txt requirements/runtime.txt requirements/
# Each package by its hash, those that build the wheel too.
RUN python3 -m venv /opt/wheel \
 && /opt/wheel/bin/python -m pip install --require-hashes -r requirements/build.txt \
 && python3 -m venv /opt/credwatch \
 && /opt/credwatch/bin/python -m pip install --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY credwatch credwatch
COPY providers providers
COPY deploy/slim.py slim.py
# Compiled now: the root file system is read-only later, and each start without it costs a second. By hash, so that no
# copy of the files can make it stale.
RUN /opt/wheel/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/credwatch/bin/python -m pip install --no-deps dist/*.whl \
 && /opt/credwatch/bin/python slim.py \
 && /opt/credwatch/bin/python -m pip uninstall --yes pip \
 && python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/credwatch

FROM python:3.13-slim

LABEL org.opencontainers.image.title="credwatch" \
      org.opencontainers.image.description="Watches every production credential and tells the on-call before it dies." \
      org.opencontainers.image.licenses="Apache-2.0"
# The base image has pip, and its standard library is not compiled.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/ensurepip \
 && python3 -m compileall -q -j 0 "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/credwatch --shell /usr/sbin/nologin credwatch \
 && install -d -m 0700 -o credwatch -g credwatch /var/lib/credwatch
COPY --from=build /opt/credwatch /opt/credwatch
ENV PATH=/opt/credwatch/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /var/lib/credwatch
VOLUME /var/lib/credwatch
EXPOSE 8081
STOPSIGNAL SIGTERM
# Not urllib, which would ask a proxy for it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["/opt/credwatch/bin/python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8081, timeout=3); c.request('GET', '/livez'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["/opt/credwatch/bin/credwatch"]
CMD ["run"]
