"""The site with the two addresses that it is compared with."""

import os

from django.core.asgi import get_asgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.web.settings"

application = get_asgi_application()
