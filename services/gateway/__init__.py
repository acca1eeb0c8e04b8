"""HTML for browsers: the gallery of Stories."""
