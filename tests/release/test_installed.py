"""The installed release: found without an import, and no file of it is used that its manifest does not name."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.release_makers import make_release, write_manifest

from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.release import MANIFEST_NAME, find_release, open_release, place_beside, place_tokenizer, verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A release that is whole."""
    return make_release(tmp_path / "site")


@pytest.fixture
def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same where Python finds packages."""
    monkeypatch.syspath_prepend(folder.parent)
    return folder


def _flip(folder: Path) -> None:
    path = folder / "model/codec/config.json"
    data = bytearray(path.read_bytes())
    data[3] ^= 1
    path.write_bytes(data)


def _lose(folder: Path) -> None:
    (folder / "model/codec/config.json").unlink()


def _add(folder: Path) -> None:
    (folder / "model/codec/weights.pkl").write_bytes(b"\x80\x04.")


def _link(folder: Path) -> None:
    (folder / "model/elsewhere").symlink_to("/etc")


def _lengthen(folder: Path) -> None:
    with (folder / "model/bundle.json").open("a") as file:
        file.write(" ")


def _no_json(folder: Path) -> None:
    (folder / MANIFEST_NAME).write_text("version https://git-lfs.github.com/spec/v1")


def _no_object(folder: Path) -> None:
    (folder / MANIFEST_NAME).write_text("[1]")


def _newer(folder: Path) -> None:
    write_manifest(folder, {"schema_version": 2, "what": "nobody knows yet"})


def _half(folder: Path) -> None:
    write_manifest(folder, {"schema_version": 1, "version": "1"})


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_flip, "SHA-256"),
        (_lose, r"lacks model/codec/config\.json"),
        (_add, r"weights\.pkl is not part of the release"),
        (_link, "elsewhere is not part of the release"),
        (_lengthen, "4 bytes, the release's manifest says 3"),
        (_no_json, "not readable JSON"),
        (_no_object, "does not say which schema"),
        (_newer, "has schema 2; this version of v2meow reads up to 1"),
        (_half, "is not a valid manifest.*files: Field required"),
    ],
)
def test_what_was_tampered_with_is_refused_in_one_line(
    installed: Path, tamper: Callable[[Path], None], told: str
) -> None:
    """Catches damaged or foreign weights that are loaded, and a traceback for them."""
    tamper(installed)
    with pytest.raises(V2MeowError, match=told) as error:
        open_release()
    assert "\n" not in str(error.value) and error.value.remedy


def test_a_whole_release_is_opened(installed: Path) -> None:
    """Catches a check that nothing passes, and a release that does not say which it is."""
    release = open_release()
    assert release.folder == installed / "model"
    assert release.name == "release 9.1.0 (v2meow-weights)"
    assert release.part("codec") == installed / "model/codec"
    with pytest.raises(MissingModelError, match=r"has no fine/checkpoint; it has audio_prompts, coarse/check"):
        release.part("fine/checkpoint")


def test_files_are_hashed_once_a_process(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches forty megabytes that are read again by every function that asks for the release."""
    first = open_release()
    _flip(installed)
    assert open_release() is first
    with pytest.raises(V2MeowError, match="SHA-256"):
        verify(installed)


def test_a_package_without_models_is_no_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a clone from before the weights were committed, in which everything stops."""
    package = make_release(tmp_path / "site")
    (package / MANIFEST_NAME).unlink()
    monkeypatch.syspath_prepend(package.parent)
    assert find_release() is None
    with pytest.raises(MissingModelError, match="kedro run --pipeline train"):
        open_release()


def test_finding_it_imports_nothing_heavy(installed: Path) -> None:
    """Catches seconds of imports, and code of the package that is run, where somebody only asks whether it is there."""
    (installed / "__init__.py").write_text("raise SystemExit('the package was imported')\n")
    code = (
        "import sys; from v2meow_pipeline.release import find_release; print(find_release());"
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'pandas')))"
    )
    path = [str(installed.parent), *sys.path]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == str(installed)


def test_a_part_is_placed_once(installed: Path, tmp_path: Path) -> None:
    """Catches a project's own vocoder that the release's replaces, and a part that is copied again at each run."""
    models = tmp_path / "06_models"
    assert place_tokenizer(models / "codec") == models / "codec"
    for name in ("audio_prompts", "codec", "vocoder/checkpoint"):
        assert (models / name / "config.json").read_bytes() == (installed / "model" / name / "config.json").read_bytes()
    assert not (models / "coarse").exists()
    mine = models / "vocoder/checkpoint/config.json"
    mine.write_text('{"kind": "mine"}')
    place_beside(models)
    assert "mine" in mine.read_text()
