"""The command line `coopevents`, for a process of a benchmark: over the scratch servers."""

from coopevents.cli import main

main()
