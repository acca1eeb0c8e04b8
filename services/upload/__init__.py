"""Upload: hash first, resumable, verified, refused without consent."""
