#!/bin/sh
# Puts a backup back: -t TIMESTAMP names its time, or the nearest one before it is taken.
# Options are those of `holdpoint backup restore`; --help prints them.
set -eu
exec "$(dirname "$0")/holdpoint" backup restore "$@"
