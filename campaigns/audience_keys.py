"""Read an audience by what the rules read of it: people with the same key get the same decision.

A key is text, made by SQL: all that can change a decision or what is kept of it, as raw columns,
and nothing else that tells people apart. What it means is derived here, once for each key.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from campaigns.audience_sql import LAST, MARK, asked_of, readers
from campaigns.clearance import Facts, OnAmazonsList, Suppression
from campaigns.clearance_asking import Errand, Person, Stand, is_proven
from campaigns.clearance_grounds import Ground, Words, ground_on, promise_of, said_by
from campaigns.models import Campaign, OriginationNumber
from campaigns.promised import promised_in
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageKind
from consent.models import Disclosure, Topic
from consent.phone_numbers import PhoneNumber
from consent.vocabulary import Standing
from consent.whereabouts import Whereabouts, whereabouts

KEYS = "SELECT key, wording FROM sort ORDER BY number"
DROP = "DROP TABLE reader, sort"


class LaidDown(NamedTuple):
    """The last of some people, and their keys, each once, in the order that `sort` numbers."""

    last: int
    keys: list[str]


class Keys:
    """Lay down the keys of a campaign's readers as of one moment, and say what facts they are.

    The topic, the number, the campaign and the wordings are those at that moment for all of them.
    """

    def __init__(self, campaign: Campaign, moment: datetime, rulebook: Rulebook) -> None:
        self.moment = moment
        number = OriginationNumber.objects.get(pk=campaign.origination_number_id)
        self._topic = campaign.topic
        self._errand = Errand(
            MessageKind.CAMPAIGN,
            self._topic,
            number,
            campaign,
            number_carries_topic=number.topics.filter(pk=campaign.topic_id).exists(),
        )
        self._said = said_by(self._topic)
        self._wordings = _wordings(Disclosure.objects.filter(topic=campaign.topic_id))
        self._place_of = cache(_place)
        self._ground_of = cache(self._ground)
        self._rulebook = rulebook
        kin = Topic.objects.filter(brand=campaign.topic.brand_id).values_list("pk", flat=True)
        self._asked = {"topic": campaign.topic_id, "kin": list(kin)} | asked_of(rulebook, moment)

    def lay_down(self, cursor: CursorWrapper, after: int, size: int) -> LaidDown | None:
        """Write the next people, in order of their ids, to the table `reader` of this transaction.

        Return None where nobody is left. Both tables are to be dropped before the next.
        """
        asked: dict[str, Any] = self._asked | {"after": after, "size": size}
        cursor.execute(LAST, asked)
        (last,) = cursor.fetchone()
        if last is None:
            return None
        while (keys := self._laid_down(cursor, asked | {"last": last})) is None:
            cursor.execute(DROP)
        return LaidDown(last, keys)

    def _laid_down(self, cursor: CursorWrapper, asked: Mapping[str, Any]) -> list[str] | None:
        """Write the table; return its keys, or None where wordings had to be learnt first."""
        statements, limits = readers(self._rulebook, self._promised())
        cursor.execute(statements, {**asked, **limits})
        cursor.execute(KEYS)
        found = cursor.fetchall()
        # One just published, or another topic's; what it promises says whose texts are counted
        strange = {wording for _, wording in found if wording} - self._wordings.keys()
        self._wordings |= _wordings(Disclosure.objects.filter(pk__in=strange)) if strange else {}
        return None if strange else [key for key, _ in found]

    def facts(self, key: str) -> Facts:
        """Return the facts of everyone who has this key; the authorising event stands as 0."""
        country, state, zones, source, basis, *marked = key.split(MARK)
        has = {part[0]: part[1:] for part in marked}
        by_list = "l" in has
        on_topic, of_brand, at_all = _json(has.get("t")) or (None, None, None)
        return self._errand.facts(
            Person(
                Stand(Standing.OPTED_IN, 0, 0 if "o" in has else None, "f" in has),
                is_proven(source, by_list=by_list),
                self._place_of(
                    "n" in has, country, state, zones, has.get("z"), has.get("c"), has.get("p")
                ),
                tuple(
                    Suppression("topic" if on_one else "all", reason, _read(until))
                    for on_one, reason, until in _json(has.get("b")) or ()
                ),
                self._ground_of(
                    has.get("r", source),
                    by_list,
                    has.get("w"),
                    basis,
                    has.get("a"),
                    has.get("e"),
                    has.get("i", ""),
                    has.get("s"),
                ),
                _moments(on_topic),
                _moments(of_brand),
                _moments(at_all),
                (0, *self._rulebook.silences)[int(has.get("u", 0))],
                _listed(*_json(has["x"])) if "x" in has else (),
            )
        )

    def _ground(
        self,
        source: str,
        by_list: bool,
        wording: str | None,
        basis: str,
        since: str | None,
        end: str | None,
        implied_by: str,
        soft: str | None,
    ) -> Ground:
        return ground_on(
            self._said,
            self._wordings[int(wording)] if wording else None,
            source=source,
            by_list=by_list,
            basis=basis,
            consented_at=_read(_json(since)) or self.moment,
            ends_at=_read(_json(end)),
            implied_by=implied_by,
            soft=_json(soft) or (None,) * 4,
        )

    def _promised(self) -> set[int]:
        """Return the numbers of texts that readers of this topic may have been promised."""
        found = [promised_in(each.wording) for each in self._wordings.values()]
        found.append(promise_of(self._said))
        return {each.count for each in found if each and each.count is not None}


def _wordings(rows: QuerySet[Disclosure]) -> dict[int, Words]:
    return {pk: Words(*words) for pk, *words in rows.values_list("pk", "wording", "language")}


def _place(nowhere: bool, country: str, state: str, zones: str, *stated: str | None) -> Whereabouts:
    number = PhoneNumber("+1" if nowhere else "", country, state, tuple(zones.split()))
    return whereabouts(number, *(_json(each) or "" for each in stated))


def _json(text: str | None) -> Any:
    return json.loads(text) if text else None


def _listed(agreed_since: bool, until: str | None) -> tuple[OnAmazonsList, ...]:
    return (OnAmazonsList(agreed_since, _read(until)),)


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _moments(texts: Iterable[str] | None) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(each) for each in texts or ())
