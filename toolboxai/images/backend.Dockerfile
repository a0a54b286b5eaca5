# The context is toolboxai/; images/README.md says how to build. NODE_IMAGE takes a digest as well: node:24-…@sha256:…
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS node
COPY images/context/ /context/
RUN ["node", "/context/collect-runtime.mjs", "/rootfs"]

FROM scratch
COPY --from=node /rootfs/ /
ENV PATH=/usr/local/bin NODE_ENV=production HOST=0.0.0.0 PORT=8009
WORKDIR /app
EXPOSE 8009
USER 1001:1001
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=30s CMD ["node", "healthy.mjs"]
CMD ["node", "backend.mjs"]
# From here on versions differ.
ARG VERSION
COPY releases/${VERSION}/backend.mjs releases/${VERSION}/migrate.mjs /app/
COPY releases/${VERSION}/migrations/ /app/migrations/
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ToolBoxAI backend" org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
