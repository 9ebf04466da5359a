# MinIO from its program, where its own image cannot be pulled: docker build -f infra/docker/local/minio.Dockerfile -t thaw-minio FOLDER
ARG BASE_IMAGE=node:22-bookworm-slim
FROM ${BASE_IMAGE}
COPY minio /usr/local/bin/minio
EXPOSE 9000
ENTRYPOINT ["minio"]
CMD ["server", "/data"]
