"""An S3 server of our own, from its wheel: for trials, tests and measurements on one machine."""
