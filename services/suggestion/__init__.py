"""Suggestion: proposals listed, watched, explained, rendered, shared, and what owners think of them."""
