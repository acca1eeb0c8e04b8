"""Blobs on any S3, by the minio SDK."""
