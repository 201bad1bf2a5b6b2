"""Which version is the champion, which was before it, and the way back."""

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.tracking.registry.versions import CANDIDATE, CHAMPION, SCHEME, Version, client, find, versions

# Tag of the registered model: numbers of former champions, the last one last.
BEFORE = "champion.before"
REASON = "champion.reason"
LONGEST_TAG = 5000


def promote(name: str, version: str = CANDIDATE, reason: str = "") -> Version:
    """Makes a version the champion, and remembers the one before.

    Args:
        name: of the registered model.
        version: its number, or an alias.
        reason: why, in words; kept as a tag of the version.

    Returns:
        The new champion.

    Raises:
        MissingModelError: when there is no such version.
    """
    chosen = find(f"{SCHEME}{name}{'/' if version.isdigit() else '@'}{version}")
    before = champion(name)
    if before is not None and before.version != chosen.version:
        _remember(name, [*_history(name), before.version])
    return _crown(chosen, reason)


def rollback(name: str, reason: str = "rolled back") -> Version:
    """Makes the previous champion the champion again; once more goes back further.

    Args:
        name: of the registered model.
        reason: why, in words; kept as a tag of the version.

    Returns:
        The champion from now on.

    Raises:
        V2MeowError: when there was none before.
    """
    # A version may have been deleted since, and a promotion that was killed remembers the champion that there is.
    others = {version.version for version in versions(name) if CHAMPION not in version.aliases}
    history = [number for number in _history(name) if number in others]
    if not history:
        raise V2MeowError(f"{name} had no other champion before.", "`v2meow registry promote VERSION` makes one.")
    _remember(name, history[:-1])
    return _crown(find(f"{SCHEME}{name}/{history[-1]}"), reason)


def champion(name: str) -> Version | None:
    """The champion of a model.

    Args:
        name: of the registered model.

    Returns:
        Its version, or None where none was made.
    """
    return next((version for version in versions(name) if CHAMPION in version.aliases), None)


def previous(name: str) -> int | None:
    """Number of the version that `rollback` would make the champion; None where there is none."""
    history = _history(name)
    return history[-1] if history else None


def _crown(version: Version, reason: str) -> Version:
    store = client()
    store.set_registered_model_alias(version.name, CHAMPION, str(version.version))
    if reason:
        store.set_model_version_tag(version.name, str(version.version), REASON, reason[:LONGEST_TAG])
    return find(version.uri)


def _history(name: str) -> list[int]:
    found = client().search_registered_models(f"name='{name}'")
    return [int(number) for model in found for number in model.tags.get(BEFORE, "").split()]


def _remember(name: str, numbers: list[int]) -> None:
    client().set_registered_model_tag(name, BEFORE, " ".join(map(str, numbers)))
