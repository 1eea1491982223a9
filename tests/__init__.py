import os

from tests.environment import prepare

if not os.environ.get("CONTAINERS"):  # they bring servers of their own
    prepare()
