# The hub without a database of its own: give it MONGODB_URI (see compose.yaml).
FROM node:22-bookworm-slim AS web
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv hub && mkdir /data /recordings /run/carewire \
    && chown hub /data /recordings /run/carewire
WORKDIR /srv
COPY requirements.txt ./
RUN pip install --no-cache-dir --no-deps --require-hashes -r requirements.txt
COPY models/ models/
COPY media/ media/
COPY services/ services/
COPY handlers/ handlers/
COPY hub/ hub/
COPY docs/ docs/
COPY --from=web /web/dist web/dist
USER hub
ENV HOST=0.0.0.0 PORT=8080 DATA_DIR=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "hub"]
