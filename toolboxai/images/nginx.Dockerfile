# The edge. NGINX_IMAGE takes a digest as well: nginx:1.28-…@sha256:…
ARG NGINX_IMAGE=nginx:1.28-alpine-slim
FROM ${NGINX_IMAGE}
COPY images/context/passwd images/context/group /etc/
COPY edge/nginx.container.conf /etc/nginx/nginx.conf
EXPOSE 8080
USER 1004:1004
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=30s CMD ["wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/__edge/ready"]
ENTRYPOINT []
CMD ["nginx", "-e", "/dev/stderr"]
ARG VERSION
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ToolBoxAI edge" org.opencontainers.image.version="${VERSION}" org.opencontainers.image.revision="${REVISION}"
