"""Decisions of rounds on disk."""

from pathlib import Path

from v2meow_pipeline.experiments.retraining.rounds import DECISION, KEPT, MODELS, Decision, settle_all, write_decision


def test_models_that_a_kill_left_are_deleted(tmp_path: Path) -> None:
    """Catches a copy of all models that stays on the disk when a run is killed right after its decision."""
    folder = tmp_path / "rounds" / "abc"
    (folder / MODELS).mkdir(parents=True)
    (folder / MODELS / "weights.safetensors").write_bytes(b"weights")
    decision = Decision(
        round="abc",
        outcome=KEPT,
        why="not better",
        champion="models:/v2meow/1",
        challenger="models:/v2meow/2",
        settled=True,
        at="2026-11-30T12:00:00+00:00",
    )
    write_decision(folder / DECISION, decision)
    settle_all(tmp_path, "v2meow")
    assert [path.name for path in folder.iterdir()] == [DECISION]
