#!/bin/sh
# Takes a backup of everything that the specification names: volumes, database, Redis.
# Options are those of `holdpoint backup create`; --help prints them.
set -eu
exec "$(dirname "$0")/holdpoint" backup create "$@"
