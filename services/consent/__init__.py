"""Consent: grants and revocations, the audit log, erasure with a receipt."""
