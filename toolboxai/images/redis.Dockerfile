# REDIS_IMAGE takes a digest as well: redis:7-…@sha256:…
ARG REDIS_IMAGE=redis:7-bookworm
FROM ${REDIS_IMAGE}
COPY images/context/passwd images/context/group /etc/
COPY images/context/start-redis images/context/healthy-redis /usr/local/bin/
# A new volume takes its owner from here.
RUN ["/bin/sh", "-c", "mkdir -p /data && chown 1006:1006 /data && chmod 700 /data"]
ENV PATH=/usr/local/bin:/usr/bin:/bin
WORKDIR /data
EXPOSE 6379
USER 1006:1006
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=30s CMD ["healthy-redis"]
ENTRYPOINT ["start-redis"]
CMD []
