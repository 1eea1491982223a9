"""The site's own settings, with two more addresses: the bare view and plain DRF."""

from flightsite.settings import *  # noqa: F403 - the site's settings are what is measured

ROOT_URLCONF = "bench.web.urls"
