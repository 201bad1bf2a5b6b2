"""A learned way back from the codec's log-mel frames to sound, in place of Griffin-Lim."""
