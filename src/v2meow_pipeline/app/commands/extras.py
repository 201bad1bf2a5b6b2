"""Checks whether the packages of an extra are installed."""

from collections.abc import Iterable
from importlib.util import find_spec

from v2meow_pipeline.errors import V2MeowError


def require_extra(extra: str, modules: Iterable[str], command: str | None = None) -> None:
    """Checks whether the packages of a command are installed.

    Args:
        extra: name of the extra with the packages, such as "web".
        modules: modules that the command imports.
        command: the command with its option, such as "web --ray"; None if it is named as the extra.

    Raises:
        V2MeowError: when modules are missing; the message names them and how to install them.
    """
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise V2MeowError(
            f"`v2meow {command or extra}` needs packages that are not installed: {', '.join(missing)}.",
            f"Install them, in the clone: pip install -c constraints.txt -e '.[{extra}]'",
        )
