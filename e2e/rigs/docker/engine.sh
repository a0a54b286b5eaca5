#!/bin/bash
# A Docker Engine where none answers, for suites that need a real one. As root.
#   engine.sh start [FOLDER]   uses the engine that answers; else starts dockerd, in FOLDER when one is given
#   engine.sh stop [FOLDER]    ends what `start` has started, and nothing else
# Environment: DOCKER_HOST (unix:///var/run/docker.sock) is where the engine is looked for and listens.
#   HOLDPOINT_ENGINE_SCORES=1  also where root lacks CAP_SYS_RESOURCE, containers may ask for a negative score for the
#   killer of processes, as the sandboxes of Kubernetes do: it is raised to 0 before they start. Needs jq.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export DOCKER_HOST=${DOCKER_HOST:-unix:///var/run/docker.sock}
state=${2:-/var/run/holdpoint-engine}
pid_file=$state/docker.pid

answers() { timeout 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

lacks_scores() {
  local held
  held=$(sed -n 's/^CapEff:\t*//p' /proc/self/status)
  # CAP_SYS_RESOURCE is bit 24.
  (((16#$held >> 24 & 1) == 0))
}

start() {
  if answers; then
    echo "A Docker Engine answers: $(docker version --format '{{.Server.Version}}')"
    return
  fi
  [ "$(id -u)" = 0 ] || { echo 'An engine can be started by root only.' >&2; exit 1; }
  mkdir -p "$state"
  local options=(--host "$DOCKER_HOST" --pidfile "$pid_file")
  # Without a folder it is the machine's usual place, so that images are still there the next time.
  if [ -n "${2:-}" ]; then options+=(--data-root "$state/data" --exec-root "$state/exec"); fi
  if [ "${HOLDPOINT_ENGINE_SCORES:-}" = 1 ] && lacks_scores; then
    options+=(--add-runtime "raised=$here/raised-scores" --default-runtime raised)
  fi
  # A group of its own: Ctrl-C in the terminal is not meant for it.
  setsid dockerd "${options[@]}" >"$state/dockerd.log" 2>&1 </dev/null &
  local started=$!
  for _ in $(seq 300); do
    if answers; then
      echo "A Docker Engine was started: $(docker version --format '{{.Server.Version}}')"
      return
    fi
    kill -0 "$started" 2>/dev/null || break
    sleep 0.2
  done
  tail -20 "$state/dockerd.log" >&2
  echo 'The Docker Engine did not start; its last lines are above.' >&2
  kill "$started" 2>/dev/null || true
  exit 1
}

stop() {
  [ -s "$pid_file" ] || return 0
  local pid
  pid=$(cat "$pid_file")
  # The number may belong to somebody else by now.
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
    kill "$pid"
    for _ in $(seq 300); do
      [ -e "/proc/$pid" ] || break
      sleep 0.2
    done
    [ ! -e "/proc/$pid" ] || { echo "dockerd ($pid) does not end." >&2; exit 1; }
  fi
  rm -rf "${state:?}/exec" "$pid_file" "$state/dockerd.log"
}

case "${1:-}" in
  start) start "$@" ;;
  stop) stop ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
