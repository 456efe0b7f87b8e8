import os

import pytest

from smscompliance.devstack import environment
from smscompliance.devstack.children import ChildError
from smscompliance.devstack.environment import Choices
from smscompliance.devstack.paths import State


@pytest.fixture
def state(tmp_path):
    made = State(tmp_path / ".local", outside=tmp_path)
    made.make()
    return made


def completed(given, state):
    found = dict(given)
    known = dict.fromkeys(environment.SECRETS, "generated")
    environment.complete(found, Choices.read(found), state, known, web_port=8001, aws_port=5000)
    return found


def test_with_nothing_set_every_part_is_embedded():
    assert Choices.read({}) == Choices(postgres=True, broker=True, aws=True, amazon=False)


@pytest.mark.parametrize(
    ("name", "value", "choices"),
    [
        ("DATABASE_URL", "postgres://x", Choices(False, True, True, False)),
        ("CELERY_BROKER_URL", "redis://x", Choices(True, False, True, False)),
        ("AWS_ENDPOINT_URL", "http://x", Choices(True, True, False, False)),
        ("AWS_ENDPOINT_URL", "", Choices(True, True, False, True)),
    ],
)
def test_one_variable_each_replaces_a_part(name, value, choices):
    assert Choices.read({name: value}) == choices


def test_the_stand_in_gets_dummy_keys_so_that_real_ones_never_leave(state):
    found = completed({"AWS_ACCESS_KEY_ID": "real", "AWS_PROFILE": "work"}, state)
    assert found["AWS_ACCESS_KEY_ID"] == "stand-in"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5000"
    assert "AWS_PROFILE" not in found


def test_with_amazon_itself_there_is_no_moved_clock_and_no_phones_page(state):
    given = {"AWS_ENDPOINT_URL": "", "CLOCK_FILE": "x", "PHONES_PAGE": "1"}
    found = completed(given, state)
    assert (found["CLOCK_FILE"], found["PHONES_PAGE"]) == ("", "0")
    assert "AWS_ENDPOINT_URL" not in found


def test_what_the_person_has_set_stays(state):
    assert completed({"SECRET_KEY": "mine"}, state)["SECRET_KEY"] == "mine"


def test_secrets_are_made_once_and_are_for_us_only(tmp_path):
    path = tmp_path / "secrets.env"
    first = environment.keep_secrets(path)
    assert environment.keep_secrets(path) == first
    assert sorted(first) == sorted(environment.SECRETS)
    assert len(set(first.values())) == len(environment.SECRETS)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_secret_that_a_later_version_needs_is_added(tmp_path):
    path = tmp_path / "secrets.env"
    path.write_text("SECRET_KEY=old\n")
    assert environment.keep_secrets(path)["SECRET_KEY"] == "old"
    assert "BROKER_PASSWORD=" in path.read_text()


def test_commands_typed_beside_the_stack_are_told_no_keys_of_amazons():
    told = environment.told_to_commands(
        {"AWS_ACCESS_KEY_ID": "real", "SECRET_KEY": "s"}, Choices(True, True, False, True)
    )
    assert told == {"SECRET_KEY": "s"}


def test_a_link_to_a_directory_that_is_gone_is_no_obstacle(state, tmp_path):
    (state.local / "postgres").symlink_to(tmp_path / "gone")
    assert state.home_of("postgres").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root leaves root behind")
def test_as_root_in_a_closed_place_servers_live_outside_of_it(state, tmp_path):
    state.local.chmod(0o700)
    home = state.home_of("postgres")
    assert state.home_of("postgres") == home
    assert home.parent.parent == tmp_path
    assert (state.local / "postgres").readlink() == home


def test_a_database_that_refuses_is_said_in_words():
    from smscompliance.devstack import outside

    with pytest.raises(ChildError, match="DATABASE_URL names refuses us"):
        outside.connect("postgres://nobody:x@127.0.0.1:1/none")
    with pytest.raises(ChildError, match="must name a PostgreSQL"):
        outside.connect("sqlite:///file.db")
    with pytest.raises(ChildError, match="Nobody answers where CELERY_BROKER_URL points"):
        outside.look_for_broker("redis://127.0.0.1:1/0")
