"""Progress that somebody observes."""

import pytest

from v2meow_pipeline.progress import observed, part, report, track


def test_an_observer_sees_the_work_of_its_block_only() -> None:
    """Catches a page whose bar does not move, jumps, or shows the work of others."""
    seen: list[tuple[str, int, int | None]] = []
    with observed(lambda *values: seen.append(values)):
        assert list(track("ab", "letters")) == ["a", "b"]
        report("the end")
    assert list(track("cd", "others")) == ["c", "d"]
    assert seen == [("letters", 0, 2), ("letters", 1, 2), ("letters", 2, 2), ("the end", 0, None)]


def test_a_part_of_the_work_is_named_within_its_block_only() -> None:
    """Catches a name that stays after the block, also after an error, or an observer of another block."""
    seen: list[str] = []
    with observed(lambda description, done, total: seen.append(description)):
        with pytest.raises(InterruptedError), part("new span"):
            report("mux")
            raise InterruptedError
        report("mux")
    with part("new span"):
        report("mux")
    assert seen == ["new span: mux", "mux"]


def test_an_observer_stops_the_work() -> None:
    """Catches a cancellation that is swallowed, after which the work goes on."""

    def stop(description: str, done: int, total: int | None) -> None:
        if done == 2:
            raise InterruptedError

    taken = []
    with observed(stop), pytest.raises(InterruptedError):
        for number in track(range(9), "numbers"):
            taken.append(number)
    assert taken == [0, 1]


def test_short_work_writes_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a log of which every fourth line is a counter."""
    assert len(list(track(range(1000), "tokens"))) == 1000
    assert capsys.readouterr().err == ""
