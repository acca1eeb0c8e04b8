"""A static page of Stories that needs no server: HTML, one style sheet, the media beside it."""
