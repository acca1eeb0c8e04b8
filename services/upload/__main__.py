"""Runs the upload service: `python -m services.upload`."""

from services.upload.main import main

if __name__ == "__main__":
    main()
