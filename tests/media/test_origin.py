"""The note on the origin of generated music in a file's comment."""

from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.media.origin import COMMENT, Origin, add_origin, read_origin

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\n\r"), max_size=40)
RECIPE = st.none() | st.builds(lambda text: {"seed": 1, "scenes": [{"prompt": text}]}, TEXT)
ORIGIN = st.builds(Origin, TEXT, TEXT, TEXT, st.integers(), st.none() | TEXT, RECIPE)


@given(ORIGIN, ORIGIN, TEXT.filter(lambda text: COMMENT not in text))
def test_the_last_origin_is_read_and_the_comment_stays(first: Origin, second: Origin, comment: str) -> None:
    """Catches prompts with braces, quotes or semicolons that cannot be read back, and notes that pile up."""
    noted = add_origin(add_origin(comment, first), second)
    assert read_origin(noted) == second
    assert noted.startswith(comment)
    assert noted.count(COMMENT) == 1 or COMMENT in "".join(map(str, second))


@given(st.text())
def test_any_comment_can_be_read(comment: str) -> None:
    """Catches a stranger's file whose comment makes the reader fail."""
    assert read_origin(comment) is None
    assert read_origin(f"{COMMENT} {comment}") is None or comment.lstrip().startswith("{")


def test_incomplete_notes_are_no_origin() -> None:
    """Catches values of other types and missing keys."""
    for details in ("[]", "{}", '{"seed": 1}', '{"version": 1, "model": 2, "models": 3, "seed": "x"}', "{broken}"):
        assert read_origin(f"{COMMENT} {details}") is None
