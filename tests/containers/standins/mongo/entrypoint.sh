#!/bin/sh
# Begins as root, gives the volume to its user and goes on as that user, as the image that this stands in for.
set -eu
chown -R mongodb /data/db /data/configdb
exec setpriv --reuid mongodb --regid mongodb --clear-groups "$@"
