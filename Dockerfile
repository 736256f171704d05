# One image for web, worker and clock; docker-compose.yml says who does what.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 LINKAGE_DATA_DIR=/data PATH=/app/.venv/bin:$PATH
WORKDIR /app

# Packages first: this layer stays while the locks stay.
COPY dev.py ./
COPY devtools devtools
COPY requirements requirements
RUN python3 dev.py install --packages

COPY . .
RUN LINKAGE_DATA_DIR=/tmp/build python3 dev.py install && rm -rf /tmp/build \
    && useradd --system --uid 10001 --home-dir /data linkage \
    && install -d -o linkage /data
USER linkage
VOLUME /data
EXPOSE 8000
ENV LINKAGE_MODE=production

HEALTHCHECK --interval=15s --timeout=6s --start-period=60s --retries=4 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=5)"]
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "linkage.wsgi:application"]
