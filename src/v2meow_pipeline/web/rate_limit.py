"""Limit on the number of requests of one client."""

import ipaddress
import threading
import time
from collections import OrderedDict, deque

from v2meow_pipeline.web.errors import TOO_MANY, RequestError

# One user of IPv6 usually has a whole network of this prefix length.
IPV6_PREFIX = 64
MAX_CLIENTS = 10_000


class RateLimit:
    """Refuses requests of a client above a number per period. Addresses are kept in memory only."""

    def __init__(self, requests: int, seconds: float) -> None:
        """Stores the limit.

        Args:
            requests: maximum number of requests of one client per period.
            seconds: length of the period, s.
        """
        self._requests, self._seconds = requests, seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, client: str) -> None:
        """Counts a request.

        Args:
            client: network address of the client.

        Raises:
            RequestError: status 429 when the limit is reached.
        """
        now, network = time.monotonic(), _network(client)
        with self._lock:
            self._forget(now - self._seconds)
            times = self._times.setdefault(network, deque())
            while times and times[0] < now - self._seconds:
                times.popleft()
            if len(times) >= self._requests:
                problem = (
                    f"More than {self._requests} such requests came from this address in {_period(self._seconds)}."
                )
                raise RequestError(TOO_MANY, problem, "Try again later.")
            times.append(now)
            self._times.move_to_end(network)

    def _forget(self, before: float) -> None:
        """Drops clients without requests since a time, and the oldest ones of too many."""
        while self._times:
            oldest = next(iter(self._times.values()))
            if oldest[-1] >= before and len(self._times) < MAX_CLIENTS:
                return
            self._times.popitem(last=False)


def _network(client: str) -> str:
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, IPV6_PREFIX), strict=False))


def _period(seconds: float) -> str:
    return f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds:g} s"
