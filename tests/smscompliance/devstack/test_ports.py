import socket

import pytest

from smscompliance.devstack import ports


@pytest.fixture
def listener():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_free_port_is_taken_as_preferred():
    port = ports.any_free()
    assert ports.first_free(port) == port


def test_a_port_that_somebody_listens_on_is_stepped_over(listener):
    assert ports.first_free(listener) > listener


def test_a_port_that_is_promised_to_another_part_is_stepped_over():
    port = ports.any_free()
    assert ports.first_free(port, taken=[port]) > port


def test_a_port_taken_on_ipv6_only_is_not_free_for_localhost():
    with socket.socket(socket.AF_INET6) as server:
        try:
            server.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        server.listen()
        assert ports.is_free(server.getsockname()[1]) is False


def test_no_free_port_at_all_is_said():
    with pytest.raises(OSError, match="No free port"):
        ports.first_free(65536)
