"""Every text that a story shows, in English, each under the name that code and translations know it by.

A text is a template; in braces stand the names of its values. Translations into other languages are catalogs
of gettext, in which a text's name is its context (msgctxt) and the English words are what is translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        # Lists, numbers and dates
        "list.and": "{first} and {last}",
        "list.comma": ", ",
        "list.semicolon": "; ",
        "number.thousands": ",",
        "dot": "{first} · {second}",
        "more": "{names} and more",
        "km": "{n} km",
        "date.day": "{day} {month} {year}",
        "date.day_of_year": "{day} {month}",
        "date.day_of_month": "{day}",
        "date.month": "{month} {year}",
        "date.days": "{first}–{last}",
        "date.days.apart": "{first} – {last}",
        "month.1": "January",
        "month.2": "February",
        "month.3": "March",
        "month.4": "April",
        "month.5": "May",
        "month.6": "June",
        "month.7": "July",
        "month.8": "August",
        "month.9": "September",
        "month.10": "October",
        "month.11": "November",
        "month.12": "December",
        "weekday.1": "Monday",
        "weekday.2": "Tuesday",
        "weekday.3": "Wednesday",
        "weekday.4": "Thursday",
        "weekday.5": "Friday",
        "weekday.6": "Saturday",
        "weekday.7": "Sunday",
        # Titles
        "title.anniversary": "{names} on {day}",
        "title.birthday": "{name} turns {age}",
        "title.birthday.unknown": "Happy birthday, {name}",
        "title.birthday.party": "{name}’s birthday",
        "title.event.at": "{part} in {place}",
        "title.event.with": "{part} with {names}",
        "title.graduation": "A graduation",
        "title.graduation.at": "A graduation in {place}",
        "title.holiday": "{holiday} through the years",
        "title.on_this_day": "On this day",
        "title.on_this_day.year": "A year ago today",
        "title.on_this_day.years": "{years} years ago today",
        "title.on_this_week": "This week through the years",
        "title.on_this_week.year": "This week a year ago",
        "title.on_this_week.years": "This week {years} years ago",
        "title.person.unnamed": "A familiar face",
        "title.then_and_now": "{subject}, then and now",
        "title.together.unnamed": "Often together",
        "title.trip.countries": "{n} countries, one trip",
        "title.trip.unnamed": "A trip away",
        "title.wedding": "A wedding",
        "title.wedding.at": "A wedding in {place}",
        "title.weekend": "Weekend of {dates}",
        "title.weekend.at": "A weekend in {place}",
        # Parts of a day, as a title begins, and with the weekday
        "part.morning": "A morning",
        "part.afternoon": "An afternoon",
        "part.evening": "An evening",
        "part.night": "A night",
        "part.day": "A day",
        "title.event.morning": "{weekday} morning",
        "title.event.afternoon": "{weekday} afternoon",
        "title.event.evening": "{weekday} evening",
        "title.event.night": "{weekday} night",
        "title.event.day": "A whole {weekday}",
        # Subtitles
        "subtitle.anniversary": "Is it an anniversary?",
        "subtitle.month": "Your month in pictures",
        "subtitle.on_this_day": "{day} {years}",
        "subtitle.person.unnamed": "Who is this?",
        "subtitle.together": "Together in {years}",
        "subtitle.who": "Who are they?",
        "subtitle.theme": "Through the years, {years}",
        "subtitle.theme.year": "Moments of {years}",
        "subtitle.year": "Your year in pictures",
        # Evidence
        "why.shown": "{media} {when}{where}{who}",
        "why.on": "on {day}",
        "why.on.days": "on {first}–{last}",
        "why.on.days.apart": "on {first} – {last}",
        "why.between": "between {first} and {last}",
        "why.where": " in {places}{distance}",
        "why.where.some": ", {n} of them in {places}",
        "why.where.countries": " in {places}{distance}",
        "why.where.countries.some": ", {n} of them in {places}",
        "why.distance": ", {km} from home",
        "why.distance.most": ", up to {km} from home",
        "why.who": "; {names} of them",
        "why.who.in": "{name} in {n}",
        "why.who.all": "; {name} in all of them",
        "why.who.only": " with {names}",
        "why.chosen": "Chosen from {media}",
        "why.anniversary": "At least half of the pictures of people on {day} in {years} show {names}",
        "why.birthday": "{name}’s birthday is on {date}",
        "why.graduation": "{media} of the day look like a graduation, with up to {n} faces in one",
        "why.holiday": "Taken on {holiday} or the evening before in {years}",
        "why.on_this_day": "Taken on {day} in {years}",
        "why.on_this_week": "Taken within {days} of {day} in {years}",
        "why.person": "{name} is in {media} {when}",
        "why.person.unnamed": "The same face is in {media} {when}",
        "why.theme": "{media} {when} show “{theme}”",
        "why.then_and_now": "The pictures of {subject} are at least {years} apart",
        "why.together": "{names} are together in {media} {when}",
        "why.together.unnamed": "The same two faces are together in {media} {when}",
        "why.trip": "{days} away from home",
        "why.trip.day": "A day trip far from home",
        "why.wedding": "{media} of the day look like a wedding, with up to {n} faces in one",
        "why.year": "Pictures of {days} in {year}",
        # What one picture brought to a story
        "reason.taken": "taken on {day} at {time}",
        "reason.place": "in {place}",
        "reason.people": "with {names}",
        "reason.theme": "shows {theme}",
        "reason.quality": "quality {percent}%",
    }
)
"""The templates. Values called `n` are counts, written with separators of thousands."""

PLURALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "photos": ("{n} photo", "{n} photos"),
        "videos": ("{n} video", "{n} videos"),
        "days": ("{n} day", "{n} days"),
        "years": ("{n} year", "{n} years"),
    }
)
"""What is counted: for one, and for any other number."""
