"""The queue between services on several machines: NATS JetStream, filled from the outbox."""
