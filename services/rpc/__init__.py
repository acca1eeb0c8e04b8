"""Transport policy: status catalogue, interceptors, servers, channels, converters of shared messages."""
