"""Assembles a demo album: real photos from pinned packages, with dates and places assigned to them."""
