"""Getting the videos of published corpora, politely, resumably, and with a word on each that cannot be had."""
