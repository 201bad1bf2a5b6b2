"""Published corpora: reading of their indices, and the videos that have been downloaded."""
