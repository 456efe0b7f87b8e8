"""What to do at Amazon about each fault of the account, in words for staff."""

from dataclasses import dataclass

from campaigns.vocabulary import AccountFault as F


@dataclass(frozen=True, slots=True)
class Remedy:
    """What is wrong, and what somebody has to do about it.

    `heals` says that it may go away by itself, so that a text is tried from time to time.
    """

    trouble: str
    remedy: str
    heals: bool = False


REMEDIES: dict[F, Remedy] = {
    F.CREDENTIALS: Remedy(
        "Amazon does not know us: the credentials are missing, wrong or expired.",
        "Give the workers a role or keys that are in force, and restart them. Check the clock of "
        "the machine too: Amazon refuses signatures that are minutes off.",
        heals=True,
    ),
    F.PERMISSION: Remedy(
        "Amazon knows us but does not let us send.",
        "In IAM, allow sns:Publish on all resources, or sms-voice:SendTextMessage for numbers that "
        "send by End User Messaging.",
        heals=True,
    ),
    F.SPEND: Remedy(
        "The account has spent what Amazon lets it spend on texts this month.",
        "Raise the monthly SMS spend limit in the SNS or End User Messaging console; above your "
        "quota ask AWS Support, which takes about a day. Then change it on the sending account.",
    ),
    F.SANDBOX: Remedy(
        "The account is in the SMS sandbox: only verified numbers are texted.",
        "In the console, under Text messaging (SMS), choose Exit SMS sandbox and answer what "
        "Amazon asks.",
    ),
    F.NO_ORIGINATION: Remedy(
        "Amazon has no such number or sender ID for these texts, or it is not active yet.",
        "In the End User Messaging console see that the number is in this region, active, "
        "registered, of the same message type as its topics, and good for the country.",
    ),
    F.REPUTATION: Remedy(
        "Amazon has switched texting off for this account.",
        "Open a case with AWS Support; they name what they complain of. Settle that before "
        "anything is tried again.",
    ),
}
