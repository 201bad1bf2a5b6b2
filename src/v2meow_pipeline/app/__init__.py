"""Entry points: the v2meow command line and its subcommands, the demo, scheduled retraining."""
