"""Champion of a registered model: promotion, rollback, and history."""

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.tracking.registry.versions import CANDIDATE, CHAMPION, SCHEME, Version, client, find, versions

# Tag of the registered model: version numbers of former champions, oldest first.
BEFORE = "champion.before"
REASON = "champion.reason"
LONGEST_TAG = 5000


def promote(name: str, version: str = CANDIDATE, reason: str = "") -> Version:
    """Makes a version the champion, and adds the previous champion to the history.

    Args:
        name: registered model name.
        version: version number or alias.
        reason: reason of the promotion; stored as a tag of the version.

    Returns:
        New champion.

    Raises:
        MissingModelError: when the version does not exist.
    """
    chosen = find(f"{SCHEME}{name}{'/' if version.isdigit() else '@'}{version}")
    current = champion(name)
    if current is not None and current.version != chosen.version:
        _write_history(name, [*_history(name), current.version])
    return _set_champion(chosen, reason)


def rollback(name: str, reason: str = "rolled back") -> Version:
    """Makes the previous champion the champion again; repeated calls go back further.

    Args:
        name: registered model name.
        reason: reason of the rollback; stored as a tag of the version.

    Returns:
        New champion.

    Raises:
        V2MeowError: when there is no previous champion.
    """
    # Skips deleted versions, and the current champion, which an interrupted promotion adds to the history.
    others = {version.version for version in versions(name) if CHAMPION not in version.aliases}
    history = [number for number in _history(name) if number in others]
    if not history:
        raise V2MeowError(
            f"{name} had no other champion before.", "Promote a version: `v2meow registry promote VERSION`."
        )
    _write_history(name, history[:-1])
    return _set_champion(find(f"{SCHEME}{name}/{history[-1]}"), reason)


def champion(name: str) -> Version | None:
    """Champion of a registered model.

    Args:
        name: registered model name.

    Returns:
        Champion version; None if no version was promoted.
    """
    return next((version for version in versions(name) if CHAMPION in version.aliases), None)


def previous(name: str) -> int | None:
    """Version number of the previous champion; None if there is none."""
    history = _history(name)
    return history[-1] if history else None


def _set_champion(version: Version, reason: str) -> Version:
    store = client()
    store.set_registered_model_alias(version.name, CHAMPION, str(version.version))
    if reason:
        store.set_model_version_tag(version.name, str(version.version), REASON, reason[:LONGEST_TAG])
    return find(version.uri)


def _history(name: str) -> list[int]:
    found = client().search_registered_models(f"name='{name}'")
    return [int(number) for model in found for number in model.tags.get(BEFORE, "").split()]


def _write_history(name: str, numbers: list[int]) -> None:
    client().set_registered_model_tag(name, BEFORE, " ".join(map(str, numbers)))
