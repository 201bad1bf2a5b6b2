"""`python -m v2meow_pipeline`: the same as the command `v2meow`."""

from v2meow_pipeline.app.main import main

main()
