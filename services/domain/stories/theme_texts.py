"""What themes are called: in a sentence, and as the title of a story."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

THEME_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "baby": "So small once",
        "beach": "Days at the beach",
        "birds": "Birds",
        "birthday": "Birthday parties",
        "bridge": "Bridges",
        "castle": "Castles and palaces",
        "cats": "Cats, always cats",
        "christmas": "Christmas time",
        "church": "Churches and temples",
        "city": "City walks",
        "coffee": "Coffee breaks",
        "concert": "Live music",
        "cooking": "In the kitchen",
        "countryside": "Out in the country",
        "cycling": "By bike",
        "desert": "In the desert",
        "dogs": "Good dogs",
        "drinks": "Cheers",
        "fair": "At the fair",
        "fireworks": "Fireworks",
        "flight": "Up in the air",
        "flowers": "In bloom",
        "food": "Good food",
        "forest": "In the woods",
        "fruit": "Fruit and vegetables",
        "graduation": "Graduations",
        "halloween": "In disguise",
        "hiking": "Out hiking",
        "horses": "Horses",
        "insects": "Small creatures",
        "kite": "Kites in the wind",
        "lake": "By the water",
        "landmark": "Famous places",
        "market": "At the market",
        "motorcycle": "By motorcycle",
        "mountains": "Up in the mountains",
        "museum": "At the museum",
        "music": "Making music",
        "night_sky": "Night skies",
        "party": "Parties",
        "playground": "At the playground",
        "road_trip": "On the road",
        "rocket": "Into space",
        "sea": "Out to sea",
        "skateboard": "On the board",
        "snow": "Days of snow",
        "sports": "Game on",
        "sunset": "Golden hours",
        "surfing": "On the waves",
        "sweets": "Something sweet",
        "swimming": "In the water",
        "theatre": "On stage and screen",
        "toys": "Toys and games",
        "train": "By train",
        "underwater": "Under water",
        "waterfall": "Waterfalls",
        "wedding": "Weddings",
        "wildlife": "Wild animals",
    }
)
"""The titles of the themes that are told."""

THEME_TEXTS: Mapping[str, str] = MappingProxyType(
    {f"title.theme.{theme}": title for theme, title in THEME_TITLES.items()}
    | {f"theme.{theme}": theme.replace("_", " ") for theme in THEME_TITLES}
)
"""The same as texts: a theme's title, and its name."""
