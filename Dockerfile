# The images of Roundtable.
#
# compose.yaml builds the targets `engine` and `bot`. `roundtable sandbox build` sends the stages from `packages` to
# `sandbox` alone; by hand it is `docker build --target sandbox --tag roundtable-sandbox .`.
# The order matters to builders before BuildKit, which build every stage above a target.

# Debian 12 with Python 3.11. Where no registry answers, `roundtable sandbox build` makes such a base and names it here.
ARG BASE=python:3.11-slim-bookworm

# --- A Docker engine for sandboxes and nothing else ----------------------------------------------------------------
FROM ${BASE} AS engine
RUN apt-get update \
    && apt-get install --yes --no-install-recommends docker.io ca-certificates \
    && rm -rf /var/lib/apt/lists/*
COPY scripts/engine-container.sh /usr/local/bin/
ENV DOCKER_HOST=unix:///run/engine/docker.sock
VOLUME /var/lib/docker
CMD ["sh", "/usr/local/bin/engine-container.sh"]

# --- Roundtable itself, without any right --------------------------------------------------------------------------
FROM ${BASE} AS bot-packages
COPY requirements.lock wheel[s] /build/
RUN python3 -m venv /opt/venv \
    && offline="" \
    && if ls /build/*.whl >/dev/null 2>&1; then offline="--no-index --find-links /build"; fi \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
        --no-deps $offline --requirement /build/requirements.lock

FROM ${BASE} AS bot
COPY --from=bot-packages /opt/venv /opt/venv
COPY --chown=10001:10001 Dockerfile policy.tom[l] /app/
COPY bot /app/bot
COPY agents /app/agents
COPY examples /app/examples
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/data \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ROUNDTABLE_WORK_DIR=/data \
    XDG_CACHE_HOME=/data/cache
RUN python -m compileall -q /app && mkdir /data && chown 10001:10001 /data
USER 10001:10001
WORKDIR /app
VOLUME /data
EXPOSE 8080
# The first start has the engine build the sandbox's image, which takes a few minutes.
CMD ["sh", "-c", "python -m bot sandbox build --if-outdated && exec python -m bot up"]

# --- Where code runs ----------------------------------------------------------------------------------------------
# Wheels that lie in the build context are used and the network is not; otherwise pip fetches them.
FROM ${BASE} AS packages
COPY bot/sandbox/requirements.lock wheel[s] /build/
RUN python3 -m venv /opt/venv \
    && offline="" \
    && if ls /build/*.whl >/dev/null 2>&1; then offline="--no-index --find-links /build"; fi \
    && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
        $offline --requirement /build/requirements.lock \
    && /opt/venv/bin/pip uninstall --yes --quiet setuptools pip

FROM ${BASE} AS sandbox
COPY bot/sandbox/debian-packages.txt /opt/roundtable/
RUN dpkg --status $(cat /opt/roundtable/debian-packages.txt) >/dev/null 2>&1 \
    || { apt-get update \
    && apt-get install --yes --no-install-recommends $(cat /opt/roundtable/debian-packages.txt) \
    && rm -rf /var/lib/apt/lists/*; }
COPY --from=packages /opt/venv /opt/venv
COPY bot/sandbox/driver /opt/venv/lib/python3.11/site-packages/roundtable_driver
ENV PATH=/opt/venv/bin:/usr/local/bin:/usr/bin:/bin \
    HOME=/tmp \
    LANG=C.UTF-8 \
    MPLBACKEND=Agg \
    MPLCONFIGDIR=/tmp/.config/matplotlib \
    PYTHONDONTWRITEBYTECODE=1
# Shows odfpy, of which there is no wheel, to this Python from Debian's package, gives matplotlib glyphs for every script
# and catalogues the fonts once for all, gives user 1000 a name, leaves no program that changes its user, and has the
# workspace where models expect their files too (/mnt/data).
RUN cd /opt/venv/lib/python3.11/site-packages \
    && ln -s /usr/lib/python3/dist-packages/odf /usr/lib/python3/dist-packages/defusedxml . \
    && echo 'from roundtable_driver.fonts import add_fallback; add_fallback(FontManager)' \
        >> matplotlib/font_manager.py \
    && python -m compileall -q roundtable_driver matplotlib/font_manager.py \
    && MPLCONFIGDIR=/opt/roundtable/matplotlib python -c 'import matplotlib.font_manager' \
    && echo 'agent:x:1000:1000::/tmp:/bin/bash' >> /etc/passwd \
    && echo 'agent:x:1000:' >> /etc/group \
    && mkdir -p /workspace /mnt && chown 1000:1000 /workspace && ln -s /workspace /mnt/data \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
USER 1000:1000
WORKDIR /workspace
ENTRYPOINT ["python", "-m", "roundtable_driver"]
