#!/bin/sh
set -eu
chown -R redis /data
exec setpriv --reuid redis --regid redis --clear-groups "$@" --protected-mode no
