#!/bin/sh
# Uses the running system as its users do, by the declared journeys.
# Options are those of `holdpoint smoke`; --help prints them.
set -eu
exec "$(dirname "$0")/holdpoint" smoke "$@"
