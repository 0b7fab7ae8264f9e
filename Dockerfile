# llmpairs with its schedule: docker build -t llmpairs . ; see docs/OPERATIONS.md, "A container".
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN docker/install.sh /opt/llmpairs

FROM python:3.12-slim
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin llmpairs \
    && install -d -o llmpairs -g llmpairs /data /site
COPY --from=build /opt/llmpairs /opt/llmpairs
COPY docker/site.sh /usr/local/bin/llmpairs-site
ENV PATH=/opt/llmpairs/bin:$PATH \
    LLMPAIRS_WAREHOUSE=/data/warehouse \
    LLMPAIRS_STATE=/data/state \
    PYTHONUNBUFFERED=1
USER 10001
WORKDIR /data
VOLUME /data
# The first release may take until the first scheduled run.
HEALTHCHECK --interval=5m --timeout=60s --start-period=26h CMD ["llmpairs", "status", "--max-age", "26h"]
ENTRYPOINT ["llmpairs"]
CMD ["schedule", "--cron", "0 3 * * *"]
