"""From proposals to pixels: collages as JPEG, recaps as MP4."""
