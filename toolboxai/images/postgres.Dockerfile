# POSTGRES_IMAGE takes a digest as well: postgres:15-…@sha256:…
ARG POSTGRES_IMAGE=postgres:15-bookworm
FROM ${POSTGRES_IMAGE}
COPY images/context/passwd images/context/group /etc/
COPY images/context/start-postgres /usr/local/bin/start-postgres
# A new volume takes its owner from here. The database lies a folder deeper: a volume may hold lost+found, and a copy
# that is put beside it can be put in its place by renaming.
RUN ["/bin/sh", "-c", "rm -rf /var/lib/postgresql/data && mkdir -p /var/lib/postgresql/data && chown 1005:1005 /var/lib/postgresql/data && chmod 700 /var/lib/postgresql/data"]
ENV PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data/pgdata PGHOST=/tmp
EXPOSE 5432
USER 1005:1005
# Fast: open transactions are rolled back, and the next start needs no recovery.
STOPSIGNAL SIGINT
HEALTHCHECK --interval=5s --timeout=3s --retries=3 --start-period=30s CMD ["pg_isready", "-q", "-h", "127.0.0.1"]
ENTRYPOINT ["start-postgres"]
CMD []
