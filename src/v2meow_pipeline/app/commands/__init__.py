"""Subcommands of `v2meow`, one module per command or command group."""
