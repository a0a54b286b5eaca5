#!/bin/sh
# Proves the readiness items of the checklist for a version, and changes nothing: test-production-readiness.sh 2.0.0
# Options are those of `holdpoint check`; --help prints them.
set -eu
exec "$(dirname "$0")/holdpoint" check "$@"
