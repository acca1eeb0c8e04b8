"""Thirty landmarks on all continents, many at borders or in suburbs, and what people call the place."""

from __future__ import annotations

from dataclasses import dataclass

from services.adapters.gazetteer import OfflineGazetteer
from services.domain.media import Coordinates, Place


@dataclass(frozen=True)
class Landmark:
    """A point that everybody can place."""

    name: str
    point: Coordinates
    country: str
    cities: frozenset[str]
    """What people call the place: any of these."""


def _at(name: str, latitude: float, longitude: float, country: str, *cities: str) -> Landmark:
    return Landmark(name, Coordinates(latitude, longitude), country, frozenset(cities))


LANDMARKS = (
    _at("Grande Arche, La Défense", 48.8920, 2.2385, "FR", "Puteaux", "La Defense", "Courbevoie", "Paris"),
    _at("Saint Peter's Square", 41.9022, 12.4533, "VA", "Vatican City"),
    _at("Tijuana Arch", 32.5358, -117.0400, "MX", "Tijuana"),
    _at("San Ysidro crossing", 32.5525, -117.0430, "US", "San Diego"),
    _at("Basel Minster", 47.5565, 7.5925, "CH", "Basel"),
    _at("Vitra Museum", 47.6029, 7.6182, "DE", "Weil am Rhein"),
    _at("Jet d'Eau", 46.2074, 6.1559, "CH", "Geneva"),
    _at("Bratislava Castle", 48.1420, 17.1000, "SK", "Bratislava"),
    _at("Monte Carlo Casino", 43.7396, 7.4276, "MC", "Monaco", "Monte-Carlo"),
    _at("Rock of Gibraltar", 36.1408, -5.3536, "GI", "Gibraltar"),
    _at("Wimbledon", 51.4340, -0.2140, "GB", "London"),
    _at("Schönbrunn Palace", 48.1845, 16.3122, "AT", "Vienna"),
    _at("Üsküdar, Asian Istanbul", 41.0227, 29.0150, "TR", "Istanbul", "Üsküdar"),
    _at("Renaissance Center", 42.3289, -83.0398, "US", "Detroit"),
    _at("Windsor Sculpture Park", 42.3149, -83.0364, "CA", "Windsor"),
    _at("Brooklyn Museum", 40.6712, -73.9636, "US", "New York City", "Brooklyn"),
    _at("Ciudad Juárez Cathedral", 31.7386, -106.4850, "MX", "Ciudad Juárez"),
    _at("Christ the Redeemer", -22.9519, -43.2105, "BR", "Rio de Janeiro"),
    _at("Iguazú Falls, Argentine side", -25.6867, -54.4447, "AR", "Puerto Iguazú"),
    _at("Machu Picchu", -13.1631, -72.5450, "PE", "Machupicchu", "Machu Picchu", "Aguas Calientes"),
    _at("Pyramids of Giza", 29.9792, 31.1342, "EG", "Giza", "Cairo"),
    _at("Victoria Falls, Zambian side", -17.9200, 25.8600, "ZM", "Livingstone"),
    _at("Sainte-Anne, Brazzaville", -4.2595, 15.2847, "CG", "Brazzaville"),
    _at("Table Mountain", -33.9575, 18.4030, "ZA", "Cape Town"),
    _at("Burj Khalifa", 25.1972, 55.2744, "AE", "Dubai"),
    _at("Sensō-ji", 35.7148, 139.7967, "JP", "Tokyo"),
    _at("Marina Bay", 1.2834, 103.8607, "SG", "Singapore"),
    _at("Victoria Peak", 22.2759, 114.1455, "HK", "Hong Kong"),
    _at("Bondi Beach", -33.8908, 151.2743, "AU", "Sydney", "Bondi Beach", "Bondi"),
    _at("Sky Tower", -36.8485, 174.7622, "NZ", "Auckland"),
)


def placed() -> tuple[list[Landmark], list[Landmark]]:
    """Return the landmarks whose country, and those whose city the gazetteer gets wrong."""
    gazetteer = OfflineGazetteer()
    found = [(landmark, gazetteer.place(landmark.point)) for landmark in LANDMARKS]
    abroad = [landmark for landmark, place in found if _country(place) != landmark.country]
    elsewhere = [landmark for landmark, place in found if place is None or place.city not in landmark.cities]
    return abroad, elsewhere


def _country(place: Place | None) -> str:
    return place.country_code if place else ""
