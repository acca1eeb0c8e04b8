"""An Envoy of our own: one address for clients before several services."""
