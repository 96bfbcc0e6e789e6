# Driftline as a service: `docker build -t driftline .`; packages are those of requirements/demo.txt and of the extras.
FROM python:3.12-slim AS build
ARG EXTRAS=server,postgresql
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY requirements/demo.txt requirements/
COPY src src
RUN python -m venv /opt/driftline \
    && /opt/driftline/bin/pip install --no-cache-dir --require-hashes -r requirements/demo.txt \
    && /opt/driftline/bin/pip install --no-cache-dir --no-build-isolation ".[$EXTRAS]"

FROM python:3.12-slim
COPY --from=build /opt/driftline /opt/driftline
ENV PATH=/opt/driftline/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --create-home --home-dir /data driftline && install -d -o driftline /packs
USER 10001
WORKDIR /data
EXPOSE 8600
# Packs are read from /packs, rows and results are kept in /data. From another machine it needs tokens: driftline token add.
ENTRYPOINT ["driftline"]
CMD ["serve", "/packs/model.pack", "--host", "0.0.0.0"]
