"""The page that a shared story has, and the small web server that shows it."""
