"""Neural vocoder: log-mel frames of a codec to waveforms, an alternative to Griffin-Lim."""
