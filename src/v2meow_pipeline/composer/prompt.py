"""Checks of a prompt before any work."""

import logging

from v2meow_pipeline.errors import ConfigError

log = logging.getLogger(__name__)

# Text encoders read 64 to 256 word pieces, one or two for each word.
WORDS_READ = 150


def check_prompt(prompt: str) -> None:
    """Refuses a prompt that says nothing, and warns of one that is too long to be read.

    Args:
        prompt: the music in words.

    Raises:
        ConfigError: when there is no letter or digit in it.
    """
    if not any(letter.isalnum() for letter in prompt):
        raise ConfigError(
            "The prompt has no words.", 'Describe the music, such as --prompt "calm solo piano", or leave it out.'
        )
    words = len(prompt.split())
    if words > WORDS_READ:
        log.warning("The prompt has %d words; only about the first %d are read.", words, WORDS_READ)
