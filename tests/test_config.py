"""Configuration models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import ConfigError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def test_an_unknown_key_is_refused_by_name() -> None:
    """Catches a misspelt parameter that would be ignored."""
    with pytest.raises(ConfigError, match="semantic_hertz"):
        Clock.parse({"semantic_hertz": 25})


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_fingerprint_ignores_the_order_of_keys(values: dict[str, object]) -> None:
    """Catches a rerun caused by nothing but a reordered YAML file."""
    assert fingerprint(values) == fingerprint(dict(reversed(values.items())))


def test_fingerprint_is_frozen() -> None:
    """Catches a change of the formula, which would make every artifact stale."""
    assert fingerprint("v2meow", [1, 2.5, None]) == "1c79843216e3e2d4"
    assert fingerprint("a", 1) != fingerprint("a", "1")
