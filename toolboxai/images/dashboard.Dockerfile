# The page is files and needs no Node, whose binary alone would be over the budget: nginx answers what the process
# of dashboard/main.ts answers. NODE_IMAGE is needed only while building. Both ARGs take a digest: name:tag@sha256:…
ARG NODE_IMAGE=node:24-bookworm-slim
ARG NGINX_IMAGE=nginx:1.28-alpine-slim
FROM ${NODE_IMAGE} AS release
ARG VERSION
COPY images/context/describe-release.mjs releases/${VERSION}/manifest.json /
RUN ["node", "/describe-release.mjs", "/manifest.json", "/release.conf"]

FROM ${NGINX_IMAGE}
COPY images/context/passwd images/context/group /etc/
COPY images/context/dashboard.conf /etc/nginx/nginx.conf
EXPOSE 8010
USER 1003:1003
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=30s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8010/ready"]
ENTRYPOINT []
CMD ["nginx", "-e", "/dev/stderr"]
# From here on versions differ.
ARG VERSION
COPY releases/${VERSION}/public/ /srv/public/
COPY --from=release /release.conf /etc/nginx/release.conf
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ToolBoxAI dashboard" org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
