"""Groups of the `v2meow` command, a file each."""
