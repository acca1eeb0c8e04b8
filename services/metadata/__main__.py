"""Runs the metadata service: `python -m services.metadata`."""

from services.metadata.main import main

if __name__ == "__main__":
    main()
