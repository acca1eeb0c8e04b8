"""Runs the consent service: `python -m services.consent`."""

from services.consent.main import main

if __name__ == "__main__":
    main()
