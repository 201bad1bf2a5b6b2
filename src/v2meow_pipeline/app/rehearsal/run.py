"""Steps of a rehearsal: each in a process of its own, as a user types them."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.app.rehearsal.project import DATA, ENV, MODELS, VIDEOS, write_project, write_videos
from v2meow_pipeline.app.rehearsal.random_weights import write_random_weights
from v2meow_pipeline.app.requirements import published_judges, published_visual, trained_networks
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.networks.weights import MODELS_VARIABLE

GENERATED = Path("clip_with_music.mp4")


class Rehearsal(NamedTuple):
    """What is rehearsed.

    Attributes:
        project: root directory of the project.
        env: its configuration environment.
        folder: root directory of the rehearsal; an interrupted rehearsal continues in it.
        clips: number of clips of each split.
        batch: examples per optimiser step.
        given: nested parameters that replace those of the environment.
    """

    project: Path
    env: str
    folder: Path
    clips: int
    batch: int
    given: dict[str, Any]


def rehearse(rehearsal: Rehearsal) -> dict[str, float]:
    """Runs a whole environment on a few clips: every network, all stages, generation, evaluation and registration.

    Args:
        rehearsal: what is rehearsed.

    Returns:
        Seconds of each step by its command.

    Raises:
        V2MeowError: when a step fails; its own output gives the reason.
    """
    folder = rehearsal.folder.absolute()
    write_project(rehearsal.project, rehearsal.env, folder, rehearsal.clips, rehearsal.batch, rehearsal.given)
    parameters = load_config(folder, ENV, "parameters")
    write_videos(folder, rehearsal.clips)
    published = [*published_visual(parameters, ablation=True), *published_judges(parameters)]
    write_random_weights(published, folder / MODELS)
    seconds = {}
    for command in steps(parameters, folder):
        name = shlex.join([Path(command[0]).name, *command[1:]])
        print(f"\n--- {name}", flush=True)
        started = time.monotonic()
        environment = {**os.environ, MODELS_VARIABLE: str(folder / MODELS)}
        if subprocess.run(command, cwd=folder, env=environment, check=False).returncode:
            raise V2MeowError(f"The rehearsal failed at: {name}.", "See the message above; the same command continues.")
        seconds[name] = time.monotonic() - started
    return seconds


def steps(parameters: dict[str, Any], folder: Path) -> list[list[str]]:
    """Commands of a rehearsal.

    Args:
        parameters: parameters of the rehearsal.
        folder: its root directory.

    Returns:
        Commands: clips, each network alone (so that no two are in memory), the default pipeline, and one soundtrack.
    """
    programs = Path(sys.executable).parent
    kedro = [str(programs / "kedro"), "run", "--env", ENV]
    names = ["ingest", *trained_networks(parameters, ablation=True)]
    clip = sorted((folder / VIDEOS / "test-iid").glob("*.mp4"))[0]
    generate = [str(programs / "v2meow"), "generate", str(clip.relative_to(folder)), "-o", str(GENERATED)]
    generate += ["--model", f"{DATA}/06_models", "--seed", "0", "--overwrite"]
    return [*([*kedro, "--pipelines", name] for name in names), kedro, generate]
