"""Eve over the same collection, as its quickstart shows. Runs in an environment of its own (bench/requirements.txt)."""

import os
from urllib.parse import urlsplit

from a2wsgi import WSGIMiddleware
from eve import Eve

uri = os.environ["MONGODB_URI"]
anything = {"type": "dict", "nullable": True, "allow_unknown": True}
application = WSGIMiddleware(
    Eve(
        settings={
            "MONGO_URI": uri,
            "MONGO_DBNAME": urlsplit(uri).path.strip("/"),
            "DOMAIN": {
                "flights": {
                    "schema": {"flight_id": {"type": "string"}, "departure": anything, "arrival": anything},
                    "allow_unknown": True,
                    "item_lookup": False,
                }
            },
            "PAGINATION_DEFAULT": 100,
            "PAGINATION_LIMIT": 100,
            "RENDERERS": ["eve.render.JSONRenderer"],
            "OPTIMIZE_PAGINATION_FOR_SPEED": True,
        }
    )
)
