# The context is toolboxai/; images/README.md says how to build. NODE_IMAGE takes a digest as well: node:24-…@sha256:…
ARG NODE_IMAGE=node:24-bookworm-slim
FROM ${NODE_IMAGE} AS node
COPY images/context/ /context/
RUN ["node", "/context/collect-runtime.mjs", "/rootfs"]

FROM scratch
COPY --from=node /rootfs/ /
ENV PATH=/usr/local/bin NODE_ENV=production HOST=0.0.0.0 PORT=8011
WORKDIR /app
EXPOSE 8011
USER 1002:1002
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=30s CMD ["node", "healthy.mjs"]
CMD ["node", "worker.mjs"]
# From here on versions differ.
ARG VERSION
COPY releases/${VERSION}/worker.mjs /app/
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ToolBoxAI worker" org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
