# The same image for web, worker and beat.
FROM python:3.11-slim AS build
WORKDIR /app
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
COPY requirements.lock pyproject.toml README.md Makefile ./
COPY coopevents coopevents
COPY workers workers
RUN make setup

FROM python:3.11-slim
WORKDIR /app
RUN useradd --system --uid 10001 coopevents && install -d -o coopevents /data
COPY --from=build /app /app
COPY wsgi.py ./
COPY templates templates
COPY migrations migrations
ENV PATH=/app/.venv/bin:$PATH DATA_DIR=/data PYTHONUNBUFFERED=1
USER coopevents
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "wsgi:app", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--no-control-socket"]
