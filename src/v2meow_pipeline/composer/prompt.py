"""Validates a text prompt."""

import logging

from v2meow_pipeline.errors import ConfigError

log = logging.getLogger(__name__)

# Text encoders read 64 to 256 word pieces, one or two for each word.
WORDS_READ = 150


def check_prompt(prompt: str) -> None:
    """Rejects a prompt without words, and warns about one that exceeds the text encoder's limit.

    Args:
        prompt: description of the music.

    Raises:
        ConfigError: when it has no letter or digit.
    """
    if not any(letter.isalnum() for letter in prompt):
        raise ConfigError("The prompt has no words.", 'Describe the music, such as "calm solo piano", or leave it out.')
    words = len(prompt.split())
    if words > WORDS_READ:
        log.warning("The prompt has %d words; only about the first %d are read.", words, WORDS_READ)
