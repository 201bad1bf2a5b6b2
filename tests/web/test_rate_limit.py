"""The limit on requests of one client."""

import pytest

from v2meow_pipeline.web import rate_limit
from v2meow_pipeline.web.errors import RequestError
from v2meow_pipeline.web.rate_limit import RateLimit


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in seconds, that tests set."""
    now = [0.0]
    monkeypatch.setattr(rate_limit.time, "monotonic", lambda: now[0])
    return now


def test_requests_are_accepted_again_after_the_period(clock: list[float]) -> None:
    """Catches a client who is refused for ever, and refused requests that prolong the wait."""
    limit = RateLimit(2, 60.0)
    for clock[0] in (0.0, 30.0):
        limit("10.0.0.1")
    for clock[0] in (40.0, 59.0):
        with pytest.raises(RequestError, match=r"More than 2 .* in 60 s") as caught:
            limit("10.0.0.1")
        assert caught.value.status == 429
    clock[0] = 61.0
    limit("10.0.0.1")
    with pytest.raises(RequestError):
        limit("10.0.0.1")


def test_a_network_of_ipv6_is_one_client_and_other_clients_are_apart(clock: list[float]) -> None:
    """Catches a user with 2**64 addresses who is never refused."""
    limit = RateLimit(1, 60.0)
    for client in ("2001:db8::1", "2001:db8:0:1::1", "10.0.0.1", "10.0.0.2", "testclient", ""):
        limit(client)
    for client in ("2001:db8::2", "::ffff:10.0.0.1", "10.0.0.2"):
        with pytest.raises(RequestError):
            limit(client)


def test_the_memory_for_clients_is_bounded(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a table that grows with every address."""
    monkeypatch.setattr(rate_limit, "MAX_CLIENTS", 3)
    limit = RateLimit(1, 60.0)
    for number in range(10):
        limit(f"10.0.0.{number}")
    assert len(limit._times) <= 3
    clock[0] = 100.0
    limit("10.0.1.1")
    assert list(limit._times) == ["10.0.1.1"]
