"""The whole system on one machine with one command: `bin/demo`, or `python -m flightsite.demo`."""
