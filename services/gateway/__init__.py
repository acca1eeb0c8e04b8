"""HTML for browsers: the gallery of Stories, and the page of a story that somebody shares."""
