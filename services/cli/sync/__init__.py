"""`storyroll sync`: walk, hash, ask what is known, write the rest, and survive a restart of the server."""
