"""Read an audience by what the rules read of it: people with the same key get the same decision.

A key is JSON, made by SQL: all that can change a decision or what is kept of it, as raw columns,
and nothing else that tells people apart. What it means is derived here, once for each key.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet

from campaigns.audience_sql import LAST, asked_of, readers
from campaigns.clearance import Facts, Suppression
from campaigns.clearance_asking import Errand, Person, Stand, is_proven
from campaigns.clearance_history import Ground, Words, ground_on, promise_of, said_by
from campaigns.models import Campaign, OriginationNumber
from campaigns.promised import promised_in
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageKind
from consent.models import Disclosure, Topic
from consent.phone_numbers import PhoneNumber
from consent.vocabulary import Standing
from consent.whereabouts import Whereabouts, whereabouts

KEYS = "SELECT DISTINCT key, wording FROM reader"


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

    def lay_down(self, cursor: CursorWrapper, after: int, size: int) -> list[str] | None:
        """Write the next people, in order of their ids, to the table `reader` of this transaction.

        Return their keys, each once, or None where nobody is left.
        """
        asked: dict[str, Any] = self._asked | {"after": after, "size": size}
        cursor.execute(LAST, asked)
        (last,) = cursor.fetchone()
        if last is None:
            return None
        while (keys := self._laid_down(cursor, asked | {"last": last})) is None:
            cursor.execute("DROP TABLE reader")
        return keys

    def _laid_down(self, cursor: CursorWrapper, asked: Mapping[str, Any]) -> list[str] | None:
        """Write the table; return its keys, or None where wordings had to be learnt first."""
        statement, limits = readers(self._rulebook, self._promised())
        cursor.execute(statement, {**asked, **limits})
        cursor.execute(KEYS)
        found = cursor.fetchall()
        # One just published, or another topic's; what it promises says whose texts are counted
        strange = {wording for _, wording in found if wording} - self._wordings.keys()
        self._wordings |= _wordings(Disclosure.objects.filter(pk__in=strange)) if strange else {}
        return None if strange else [key for key, _ in found]

    def facts(self, key: str) -> Facts:
        """Return the facts of everyone who has this key; the authorising event stands as 0."""
        nowhere, country, state, zones, zone, place, postal_code, *rest = json.loads(key)
        opted_out, confirmed, source, asked_by, by_list, wording, basis, since, *last = rest
        implied_by, soft, end, bars, moments, silent = last
        soft_facts = tuple(soft) if soft else (None,) * 4
        on_topic, of_brand, at_all = moments or (None, None, None)
        return self._errand.facts(
            Person(
                Stand(Standing.OPTED_IN, 0, 0 if opted_out else None, confirmed),
                is_proven(source, by_list=by_list),
                self._place_of(nowhere, country, state, tuple(zones), zone, postal_code, place),
                tuple(
                    Suppression("topic" if on_one else "all", reason, _read(until))
                    for on_one, reason, until in bars or ()
                ),
                self._ground_of(
                    asked_by, by_list, wording, basis, since, end, implied_by, soft_facts
                ),
                _moments(on_topic),
                _moments(of_brand),
                _moments(at_all),
                (0, *self._rulebook.silences)[silent or 0],
            )
        )

    def _ground(
        self,
        source: str,
        by_list: bool,
        wording: int | None,
        basis: str,
        since: str,
        end: str,
        implied_by: str,
        soft: tuple[bool | None, ...],
    ) -> Ground:
        return ground_on(
            self._said,
            None if wording is None else self._wordings[wording],
            source=source,
            by_list=by_list,
            basis=basis,
            consented_at=_read(since) or self.moment,
            ends_at=_read(end),
            implied_by=implied_by,
            soft=soft,
        )

    def _promised(self) -> set[int]:
        """Return the numbers of texts that readers of this topic may have been promised."""
        found = [promised_in(each.wording) for each in self._wordings.values()]
        found.append(promise_of(self._said))
        return {each.count for each in found if each and each.count is not None}


def _wordings(rows: QuerySet[Disclosure]) -> dict[int, Words]:
    return {pk: Words(*words) for pk, *words in rows.values_list("pk", "wording", "language")}


def _place(
    nowhere: bool, country: str, state: str, zones: tuple[str, ...], *stated: str
) -> Whereabouts:
    number = PhoneNumber("+1" if nowhere else "", country, state, zones)
    return whereabouts(number, *stated)


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _moments(texts: Iterable[str] | None) -> tuple[datetime, ...]:
    return tuple(datetime.fromisoformat(each) for each in texts or ())
