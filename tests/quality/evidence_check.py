"""Reads the evidence of stories as a sceptic would, and counts everything again from the library itself.

Nothing of the code that wrote the sentences is used: dates, counts, places, people and distances are parsed
out of the words and compared with sums over plain Python objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from services.domain.library import Library, LibraryAsset
from services.domain.media import MediaKind
from services.domain.stories.plan import Plan
from services.domain.stories.story import Story
from tests.quality.declared import DECLARED, declared_holds
from tests.quality.lending import with_lent_places
from tests.quality.opinions import opinion_holds
from tests.quality.pools import (
    celebrated,
    days_of,
    kept_years,
    of_day,
    pool_of,
    showable,
    snow_near_home,
    sphere_km,
    sure_of,
    trip_of,
)
from tests.quality.stages import stages_hold
from tests.quality.years import years_of

MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
DATE = rf"(\d+) ({'|'.join(MONTHS)})"
DAY = rf"(\d+) ({'|'.join(MONTHS)}) (\d+)"
COUNT = r"(?:([\d,]+) photos?)?(?: and )?(?:([\d,]+) videos?)?"


def false_claims(story: Story, library: Library, plan: Plan) -> list[str]:
    """Return the sentences of a story that do not hold; a sentence that nobody understands does not hold."""
    library = with_lent_places(library, plan)
    assets = {asset.id: asset for asset in library.assets}
    shown = [assets[item.asset_id] for item in story.media]
    checks: list[tuple[str, Callable[[re.Match[str]], bool]]] = [
        (rf"{COUNT} (on|between) (.*)", lambda m: _shown_holds(m, shown, library, plan)),
        (rf"Chosen from {COUNT}", lambda m: _counts(m, pool_of(story, library, plan))),
        (r"(\d+) days away from home", lambda m: int(m[1]) == days_of(trip_of(story, plan, assets))),
        (r"A day trip far from home", lambda m: days_of(trip_of(story, plan, assets)) == 1),
        (r"Taken (?:on|within 3 days of) (.*) in (.*)", lambda m: _years_hold(m, story, library)),
        (rf"(.*)’s birthday is on {DAY}", lambda m: _birthday_holds(m, story, library)),
        (
            rf"{COUNT} on {DATE} in (.*) look like a birthday; (.*) is in (\d+) of them",
            lambda m: _cakes_hold(m, story, library),
        ),
        (rf"(?:(.*) is|The same face is) in {COUNT} (.*)", lambda m: _pool_holds(m, 2, story, library, plan)),
        (r"Pictures of (\d+) days? in (\d+)", lambda m: _year_holds(m, story, library, plan)),
        (
            rf"(?:(.*) are|The same two faces are) together in {COUNT} (.*)",
            lambda m: _names_hold(m[1], story, library) and _pool_holds(m, 2, story, library, plan),
        ),
        (
            r"The pictures of (.*) are at least (\d+) years apart",
            lambda m: _contrast_holds(m, story, shown, library),
        ),
        (
            rf"{COUNT} of the day look like a (.*), with up to (\d+) faces in one",
            lambda m: _celebration_holds(m, story, library, plan),
        ),
        (r"Taken on (.*) or the evening before in (.*)", lambda m: _holiday_holds(m, story, library, plan)),
        (
            rf"At least half of the pictures of people on {DATE} in (.*) show (.*)",
            lambda m: _date_holds(m, story, library),
        ),
        (DECLARED, lambda m: declared_holds(m, story, library)),
        (r"Pictures of (\d+) days? between (.*)", lambda m: _season_holds(m, story, library, plan)),
        (
            rf"No earlier picture near home shows snow since {DAY}",
            lambda m: _snow_holds(m, story, library, plan),
        ),
        (
            r"Shown (earlier|later) because you (kept|dismissed) (\d+) (.*)",
            lambda m: opinion_holds(m, story, library),
        ),
        (r"\w.* (?:on|between) .*;.*", lambda m: stages_hold(m[0], pool_of(story, library, plan), _dates)),
        (rf"{COUNT} (.*) show “(.*)”", lambda m: _pool_holds(m, 1, story, library, plan)),
    ]
    return [
        s for s in map(str, story.evidence) if not any((m := re.fullmatch(p, s)) and c(m) for p, c in checks)
    ]


def _shown_holds(match: re.Match[str], shown: Sequence[LibraryAsset], library: Library, plan: Plan) -> bool:
    said = match[4]
    days = [asset.day for asset in shown]
    return (
        _counts(match, shown)
        and _dates(f"{match[3]} {said}") == (min(days), max(days))
        and _places_hold(said, shown)
        and _distance_holds(said, shown, plan)
        and _people_hold(said, shown, library)
    )


def _counts(match: re.Match[str], assets: Sequence[LibraryAsset], group: int = 1) -> bool:
    photos, videos = (int((match[group + k] or "0").replace(",", "")) for k in (0, 1))
    kinds = [asset.kind for asset in assets]
    return (photos, videos) == (kinds.count(MediaKind.PHOTO), kinds.count(MediaKind.VIDEO))


def _dates(said: str) -> tuple[date, date]:
    """Read a range of days out of a sentence."""
    parts = [part for part in re.split(r" – |–| and ", said) if re.search(r"\d", part)][:2]
    last = next(_day(m.groups()) for part in reversed(parts) if (m := re.search(DAY, part)))
    first = re.search(rf"(\d+)(?: ({'|'.join(MONTHS)}))?(?: (\d{{4}}))?", parts[0])
    assert first is not None
    month = MONTHS.index(first[2]) + 1 if first[2] else last.month
    return date(int(first[3]) if first[3] else last.year, month, int(first[1])), last


def _day(groups: Sequence[str]) -> date:
    return date(int(groups[2]), MONTHS.index(groups[1]) + 1, int(groups[0]))


def _names(said: str) -> set[str]:
    return set(re.split(r", | and ", said))


def _places_hold(said: str, shown: Sequence[LibraryAsset]) -> bool:
    said = said.split(";", maxsplit=1)[0]
    match = re.search(r"\d{4}(?:, (\d+) of them)? in (.*?)(?:, (?:up to )?[\d,]+ km from home)?$", said)
    if match is None:
        return True
    places = [asset.place for asset in shown if asset.place]
    named = _names(match[2])
    right = named in ({place.city for place in places}, {place.country for place in places})
    return right and len(places) == (int(match[1]) if match[1] else len(shown))


def _distance_holds(said: str, shown: Sequence[LibraryAsset], plan: Plan) -> bool:
    match = re.search(r"(up to )?([\d,]+) km from home", said)
    if match is None:
        return True
    km = [_from_home(asset, plan) for asset in shown if asset.coordinates]
    claimed = float(match[2].replace(",", ""))
    near = min(km) if match[1] is None else max(km)
    return abs(max(km) - claimed) <= 0.05 * claimed + 0.5 and claimed <= 1.25 * near


def _from_home(asset: LibraryAsset, plan: Plan) -> float:
    day = asset.day.toordinal()
    home = next(h for h in plan.homes if h.first_day <= day <= h.last_day)
    assert asset.coordinates is not None
    return sphere_km(asset.coordinates, home.coordinates)


def _people_hold(said: str, shown: Sequence[LibraryAsset], library: Library) -> bool:
    if ";" not in said:
        return True
    claims = said.split("; ")[1]
    if match := re.fullmatch(r"(.*) in all of them", claims):
        return _seen(match[1], shown, library) == len(shown)
    found = re.findall(r"(\w+) in (\d+)", claims)
    return bool(found) and all(_seen(name, shown, library) == int(n) for name, n in found)


def _seen(name: str, shown: Iterable[LibraryAsset], library: Library) -> int:
    ids = {id_ for id_, person in library.people.items() if person.name == name}
    return sum(bool(ids & set(asset.people)) for asset in shown)


def _pool_holds(match: re.Match[str], group: int, story: Story, library: Library, plan: Plan) -> bool:
    pool = pool_of(story, library, plan)
    days = [asset.day for asset in pool]
    return _counts(match, pool, group) and _dates(match[group + 2]) == (min(days), max(days))


def _year_holds(match: re.Match[str], story: Story, library: Library, plan: Plan) -> bool:
    days = {asset.day for asset in pool_of(story, library, plan)}
    return len(days) == int(match[1]) and {day.year for day in days} == {int(match[2])}


def _season_holds(match: re.Match[str], story: Story, library: Library, plan: Plan) -> bool:
    first, last = _dates(match[2])
    pool = pool_of(story, library, plan)
    inside = all(first <= asset.day <= last for asset in pool)
    return inside and last + timedelta(days=1) == story.due and len({a.day for a in pool}) == int(match[1])


def _snow_holds(match: re.Match[str], story: Story, library: Library, plan: Plan) -> bool:
    since = _day(match.groups())
    return not [a for a in snow_near_home(library, plan) if since <= a.day < story.start.date()]


def _names_hold(said: str | None, story: Story, library: Library) -> bool:
    """Tell whether these are the names of the people of a story, or none of both has one."""
    names = [library.people[person].name for person in story.people]
    return _names(said) == set(names) if said else not all(names)


def _contrast_holds(
    match: re.Match[str], story: Story, shown: Sequence[LibraryAsset], library: Library
) -> bool:
    """Tell whether both sides show the subject, and lie as far apart as is said and hardly farther."""
    days = sorted(asset.day for asset in shown)
    last, first = max(pairwise(days), key=lambda sides: sides[1] - sides[0])
    years = first.year - last.year - ((first.month, first.day) < (last.month, last.day))
    somebody = {id_ for id_ in story.people if library.people[id_].name == match[1]}
    if somebody:
        subject = all(somebody & set(asset.people) for asset in shown)
    else:
        subject = all(asset.place is not None and asset.place.city == match[1] for asset in shown)
    return subject and years - 1 <= int(match[2]) <= years


def _celebration_holds(match: re.Match[str], story: Story, library: Library, plan: Plan) -> bool:
    """Tell whether so many pictures look like it, and the largest crowd of the day is as large as said."""
    pool = pool_of(story, library, plan)
    sure = {asset.id for asset in sure_of(match[3], library)}
    seen = [asset for asset in pool if asset.id in sure]
    return _counts(match, seen) and max(len(asset.faces) for asset in pool) == int(match[4])


def _holiday_holds(match: re.Match[str], story: Story, library: Library, plan: Plan) -> bool:
    days = celebrated(match[1], story, library, plan)
    pool = pool_of(story, library, plan)
    of = [asset.day if asset.day in days else asset.day + timedelta(days=1) for asset in pool]
    return years_of(match[2]) == {day.year for day in of}


def _date_holds(match: re.Match[str], story: Story, library: Library) -> bool:
    on = (MONTHS.index(match[2]) + 1, int(match[1]))
    return _names_hold(match[4], story, library) and years_of(match[3]) == kept_years(on, story, library)


def _cakes_hold(match: re.Match[str], story: Story, library: Library) -> bool:
    """Tell whether so many pictures show a birthday on a date in these years, and somebody is in so many."""
    on, years = (int(match[3]), MONTHS.index(match[4]) + 1), years_of(match[5])
    cakes = [
        a for a in sure_of("birthday", library) if (a.day.day, a.day.month) == on and a.day.year in years
    ]
    name = library.people[story.people[0]].name
    shown = sum(story.people[0] in asset.people for asset in cakes)
    named = match[6] == (name or "the same face")
    return named and _counts(match, cakes) and years == {a.day.year for a in cakes} and shown == int(match[7])


def _years_hold(match: re.Match[str], story: Story, library: Library) -> bool:
    said = years_of(match[2])
    pool = [a for a in of_day(story, library, Plan((), (), (), ())) if showable(a, library)]
    return said == {asset.day.year for asset in pool}


def _birthday_holds(match: re.Match[str], story: Story, library: Library) -> bool:
    person = library.people[story.people[0]]
    on = _day(match.groups()[1:])
    assert person.birthday is not None
    return person.name == match[1] and (on.month, on.day) == (person.birthday.month, person.birthday.day)
