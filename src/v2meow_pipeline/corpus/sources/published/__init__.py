"""Corpora that others published as an index of videos: what each index says, and which of the videos are here."""
