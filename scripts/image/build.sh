#!/bin/sh
# Builds the image of Holdpoint itself from what `npm run build` has made, and prints its name and size.
#   npm run image -- [--base public|local] [--tag NAME]
# --base local makes its bases from the programs of this Debian machine, without a registry; public ones otherwise.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/../.." && pwd)
node=$(readlink -f "$(PATH=$root/node_modules/.bin:$PATH command -v node)")
version=$("$node" -p 'require(process.argv[1]).version' "$root/holdpoint/package.json")
base=public
tag=holdpoint:$version
while [ $# -gt 0 ]; do
  case $1 in
    --base) base=$2; shift 2 ;;
    --tag) tag=$2; shift 2 ;;
    *) echo "usage: npm run image -- [--base public|local] [--tag NAME]" >&2; exit 64 ;;
  esac
done
set --
case $base in
  public) ;;
  local)
    name=$(sh "$root/scripts/image/base.sh" "$node")
    set -- --build-arg "NODE_IMAGE=$name" --build-arg "DOCKER_IMAGE=$name"
    # The engine's own builder: not every command line brings the other one.
    export DOCKER_BUILDKIT=0
    ;;
  *) echo "error: there is no base '$base'" >&2; exit 64 ;;
esac
# Only what the build needs goes to the engine, and always with the same times and owners.
tar -C "$root" -c --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=go+rX,go-w \
  scripts/image/Dockerfile holdpoint/package.json holdpoint/dist |
  docker build -q -t "$tag" -f scripts/image/Dockerfile --build-arg "VERSION=$version" "$@" - >/dev/null
docker image inspect --format "$tag {{.Size}}" "$tag" | while read -r name bytes; do
  echo "$name  $((bytes / 1000000)) MB"
done
