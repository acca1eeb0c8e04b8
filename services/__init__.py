"""The services of Storyroll: each lives in a folder of its own and knows only the domain."""
