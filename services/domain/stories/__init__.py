"""Story making: `plan` turns a library into proposals; each kind of story has a file in `kinds`."""
