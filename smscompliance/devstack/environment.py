"""What every process of the dev stack finds in its environment, and which parts are embedded."""

import os
import secrets
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

import environ

from smscompliance.devstack.paths import State, write_for_us_only

SECRETS = (
    "SECRET_KEY",
    "ALTCHA_HMAC_KEY",
    "POSTGRES_SUPERUSER_PASSWORD",
    "POSTGRES_PASSWORD",
    "BROKER_PASSWORD",
)
# What commands typed beside the running stack are told, so that they meet the same database.
TOLD = (
    *("DEBUG", "SECRET_KEY", "ALTCHA_HMAC_KEY", "ALLOWED_HOSTS", "PUBLIC_BASE_URL"),
    *("DATABASE_URL", "CELERY_BROKER_URL", "MEDIA_ROOT", "CLOCK_FILE", "PHONES_PAGE"),
    *("AWS_ENDPOINT_URL", "AWS_REGION", "INBOUND_QUEUE_URL"),
)
KEYS_OF_THE_STAND_IN = {
    "AWS_ACCESS_KEY_ID": "stand-in",
    "AWS_SECRET_ACCESS_KEY": "stand-in",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def keep_secrets(path: Path) -> dict[str, str]:
    """Return the generated secrets, making those that are missing; the file is for us only."""
    known: dict[str, str] = {}
    if path.exists():
        lines = path.read_text().splitlines()
        known = dict(line.split("=", 1) for line in lines if "=" in line)
    missing = [name for name in SECRETS if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(48) for name in missing}
        lines = [f"{name}={value}\n" for name, value in known.items()]
        write_for_us_only(path, "".join(lines))
    return known


def read_dotenv(path: Path, into: MutableMapping[str, str]) -> None:
    """Add what a `.env` file says and the environment does not."""
    if path.exists():
        before = dict(os.environ)
        environ.Env.read_env(path)
        added = {name: value for name, value in os.environ.items() if name not in before}
        for name, value in added.items():
            into.setdefault(name, value)


@dataclass(frozen=True)
class Choices:
    """Which parts are embedded. An address in the environment replaces the part it names."""

    postgres: bool
    broker: bool
    aws: bool
    amazon: bool  # Amazon itself: texts reach real phones

    @classmethod
    def read(cls, environment: MutableMapping[str, str]) -> "Choices":
        """Read them off the environment.

        `AWS_ENDPOINT_URL` unset means the stand-in, an address means that address, and set but
        empty means Amazon itself.
        """
        endpoint = environment.get("AWS_ENDPOINT_URL")
        return cls(
            postgres=not environment.get("DATABASE_URL"),
            broker=not environment.get("CELERY_BROKER_URL"),
            aws=endpoint is None,
            amazon=endpoint == "",
        )


def complete(
    environment: MutableMapping[str, str],
    choices: Choices,
    state: State,
    known: dict[str, str],
    *,
    web_port: int,
    aws_port: int,
) -> None:
    """Add what the settings need; what the person has set stays as it is.

    The addresses of database and broker come later, when these run.
    """
    defaults = {
        "DJANGO_SETTINGS_MODULE": "smscompliance.settings",
        "DEBUG": "1",
        "SECRET_KEY": known["SECRET_KEY"],
        "ALTCHA_HMAC_KEY": known["ALTCHA_HMAC_KEY"],
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "PUBLIC_BASE_URL": f"http://localhost:{web_port}",
        "MEDIA_ROOT": str(state.media),
        "AWS_REGION": "us-east-1",
        "PYTHONUNBUFFERED": "1",
    }
    for name, value in defaults.items():
        environment.setdefault(name, value)
    if choices.aws:
        environment.update(
            {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws_port}",
                "PHONES_PAGE": "1",
                "RECEIPT_SECONDS": environment.get("RECEIPT_SECONDS", "3"),
            }
            | KEYS_OF_THE_STAND_IN
        )
        environment.pop("AWS_SESSION_TOKEN", None)
        environment.pop("AWS_PROFILE", None)
    if choices.amazon:
        # Real people would be texted at hours that a moved clock calls lawful.
        environment.update({"CLOCK_FILE": "", "PHONES_PAGE": "0"})
        environment.pop("AWS_ENDPOINT_URL", None)
    else:
        environment["CLOCK_FILE"] = str(state.clock)


def told_to_commands(environment: Mapping[str, str], choices: Choices) -> dict[str, str]:
    """Return what manage.py needs to know, and no key that is not ours."""
    told = {name: environment[name] for name in TOLD if name in environment}
    return told | (KEYS_OF_THE_STAND_IN if choices.aws else {})
