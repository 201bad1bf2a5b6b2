"""Checks whether the packages of an extra are installed."""

from collections.abc import Iterable
from importlib.util import find_spec

from v2meow_pipeline.errors import V2MeowError


def require_extra(extra: str, modules: Iterable[str]) -> None:
    """Checks whether the packages of a command are installed.

    Args:
        extra: name of the command and of the extra with its packages, such as "web".
        modules: modules that the command imports.

    Raises:
        V2MeowError: when modules are missing; the message names them and how to install them.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise V2MeowError(
            f"`v2meow {extra}` needs packages that are not installed: {', '.join(missing)}.",
            f"Install them: .venv/bin/pip install -c constraints.txt -e '.[{extra}]'",
        )
