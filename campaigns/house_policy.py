"""The rulebook in force: what the law and carriers ask, and what the house asks beyond them.

The only bridge from the house's own rules, which officers keep in a table, to rows of the rulebook.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from campaigns.models import SendingPolicy
from campaigns.quiet_hours import Window
from campaigns.rulebook import loader
from campaigns.rulebook.loader import ALL, HOUSE, Rule, Rulebook, RuleKind, RuleStatus, rulebook_of
from campaigns.rulebook.values import Basis, Cap, Engagement, Per, Value
from campaigns.statements import rows
from campaigns.tightening import Judgement, judge
from campaigns.vocabulary import MessageKind, PolicyKind
from consent.vocabulary import LegalBasis, MessageClass

DEFAULT_HOURS = "house.hours"
"""The hours that the rulebook comes with; officers' own for everywhere take their place."""

_KINDS = {
    PolicyKind.HOURS: RuleKind.WINDOW,
    PolicyKind.CAP: RuleKind.CAP,
    PolicyKind.STALENESS: RuleKind.BASIS,
    PolicyKind.ENGAGEMENT: RuleKind.ENGAGEMENT,
}
_STATED = {
    PolicyKind.HOURS: "business hours where the person is",
    PolicyKind.CAP: "our own cap",
    PolicyKind.STALENESS: "the age of consent",
    PolicyKind.ENGAGEMENT: "texts that nobody answers",
}
NEWEST = """
    SELECT max(history_id), count(*), max(history_date)
    FROM campaigns_historicalsendingpolicy WHERE history_date <= %(moment)s
"""
_ANY_GROUND = tuple(each for each in LegalBasis if each is not LegalBasis.NONE)


def rulebook_in_force(moment: datetime) -> Rulebook:
    """Return the rulebook with the house's rules as they stood at that moment; one tiny query.

    Its version covers both. The history of the rules tells the moment, so a past decision can be
    asked again under the rules of its day.
    """
    (newest,) = rows(NEWEST, moment=moment)
    return _composed(newest)


def rulebook_to_read() -> Rulebook:
    """Return the rulebook with every rule that the house ever had, to read kept decisions by.

    Those switched off are in it, and the hours that officers replaced: a decision keeps the codes
    of its rows, and their citations are looked up here. Never decide by it. One query.
    """
    return rulebook_of([*loader.load().rules, *map(rule_of, SendingPolicy.objects.all())])


def rulebook_with(policies: Iterable[SendingPolicy]) -> Rulebook:
    """Return the rulebook as it is with these rules of the house, and no others of the table."""
    ours = [rule_of(policy) for policy in policies if policy.live]
    kept = [
        rule
        for rule in loader.load().rules
        if rule.id != DEFAULT_HOURS or not any(takes_its_place(row, rule) for row in ours)
    ]
    return rulebook_of([*kept, *ours])


def judged(policy: SendingPolicy, moment: datetime) -> Judgement:
    """Say whether a rule, as it would be saved, tightens anything beside the law and our others."""
    rule = rule_of(policy)
    others = rulebook_with(SendingPolicy.objects.filter(live=True).exclude(pk=policy.pk))
    default = others.rule(DEFAULT_HOURS)
    if default and takes_its_place(rule, default):
        others = rulebook_of(each for each in others.rules if each is not default)
    return judge(rule, others, moment)


def takes_its_place(row: Rule, default: Rule) -> bool:
    """Say whether a row is hours for everywhere that cover what the default's cover."""
    everywhere = row.kind is default.kind and row.jurisdiction == default.jurisdiction
    return everywhere and row.applies({MessageClass.PROMOTIONAL})


def rule_of(policy: SendingPolicy) -> Rule:
    """Return a rule of the house as a row of the rulebook."""
    kind = PolicyKind(policy.kind)
    return Rule(
        id=f"house.{kind}.{policy.pk or 'new'}",
        jurisdiction=f"{HOUSE}-{policy.place}" if policy.place else HOUSE,
        applies_to=_applies_to(policy.message_class),
        kind=_KINDS[kind],
        value=_value(kind, policy),
        citation=f"House rule: {_STATED[kind]}",
        status=RuleStatus.VERIFIED,
        note=policy.note,
    )


def _applies_to(message_class: str) -> frozenset[str]:
    if not message_class:
        return frozenset({ALL})
    if message_class == MessageClass.PROMOTIONAL:
        # As the default does: asking whether people still want our texts is for office hours too
        return frozenset({message_class, MessageKind.LIST_AUDIT})
    return frozenset({message_class})


def _value(kind: PolicyKind, policy: SendingPolicy) -> Value:
    match kind:
        case PolicyKind.HOURS:
            return tuple(
                Window(frozenset(days), opens, closes) for days, opens, closes in policy.open_days()
            )
        case PolicyKind.CAP:
            return Cap(policy.count or 0, policy.per_hours or 0, Per(policy.counts))
        case PolicyKind.STALENESS:
            return Basis(_ANY_GROUND, stale_months=policy.months)
        case PolicyKind.ENGAGEMENT:
            fewer = Cap(policy.count, policy.per_hours or 0, Per.ANY) if policy.count else None
            return Engagement(policy.unanswered or 0, fewer)


@lru_cache(maxsize=256)
def _composed(newest: tuple[object, ...]) -> Rulebook:
    """Compose the rulebook as of a history row.

    History only grows, so its newest row, its length and its date name one state of the table. The
    length is part of it because a row may be committed after one with a higher id.
    """
    last_date = newest[2]
    if last_date is None:
        return loader.load()
    latest = (
        SendingPolicy.history.filter(history_date__lte=last_date)
        .order_by("id", "-history_date", "-pk")
        .distinct("id")
    )
    return rulebook_with(row.instance for row in latest)
