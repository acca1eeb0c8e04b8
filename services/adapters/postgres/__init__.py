"""A PostgreSQL server of our own, from its wheel: for one machine, trials, tests and measurements."""
