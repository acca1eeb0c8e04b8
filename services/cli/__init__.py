"""`storyroll`, the command line: a gRPC client, and the composition of all services in one process."""
