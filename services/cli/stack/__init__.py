"""`storyroll up --stack`: stores, services and an entry, each a process of its own, on this machine."""
