"""Runs the suggestion service: `python -m services.suggestion`."""

from services.suggestion.main import main

if __name__ == "__main__":
    main()
