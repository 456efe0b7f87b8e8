"""Look at our account at Amazon, and keep what was found."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TypeVar

from campaigns.account_findings import (
    Asked,
    Finding,
    comparison,
    numbers,
    opt_out_mode,
    receipts,
    sandbox,
    spending,
)
from campaigns.gateways import account as gateway
from campaigns.gateways import reads
from campaigns.gateways.reads import AmazonFault
from campaigns.models import AccountCheck
from consent import clock

EVERY = timedelta(hours=1)

Answer = TypeVar("Answer")


def is_due() -> bool:
    """Say whether the last check is an hour old or older."""
    last = AccountCheck.objects.first()
    return last is None or last.checked_at <= clock.now() - EVERY


def check(by: int | None = None) -> AccountCheck:
    """Look at the account and keep what was found. Asks Amazon, some seconds long."""
    now = clock.now()
    found = look(now)
    return AccountCheck.objects.create(
        checked_at=now,
        checked_by_id=by,
        findings=[asdict(each) for each in found],
        troubles=sum(each.state == "trouble" for each in found),
    )


def look(now: datetime) -> list[Finding]:
    """Return what is to be said of the account now. What Amazon does not answer is a finding."""
    identity = _ask(reads.ask_account_id)
    if identity.fault:
        return [
            Finding(
                "Account",
                "trouble",
                f"Amazon does not know us: {identity.fault}.",
                "See to the credentials of the server (role, profile or access key), to "
                "AWS_REGION and to the network. Until then nothing is sent and nothing is heard.",
            )
        ]
    settings = _ask(gateway.attributes)
    found = [Finding("Account", "ready", f"Account {identity.answer} answers.")]
    found += sandbox(_ask(gateway.is_in_sandbox))
    found += spending(settings, _ask(lambda: gateway.spent_this_month(now)), now)
    found += receipts(settings, now)
    found += numbers(_ask(gateway.origination_numbers))
    found += opt_out_mode(_ask(gateway.self_managed_opt_outs))
    found += comparison(now)
    return found


def _ask(question: Callable[[], Answer]) -> Asked:
    try:
        return Asked(question())
    except AmazonFault as fault:
        return Asked(fault=fault.code)
