"""Traces of photos, by OpenTelemetry: how long each step took, through all services.

Spans go to a collector that keeps them as long as it likes, out of reach of any erasure. So they hold names
of methods, stages, steps and models, and ids that mean nothing to anybody else: an asset's, which is a keyed
hash and noise once its owner's keys are gone. Never an owner, a name, a place, a file's name or what an error
says.
"""
