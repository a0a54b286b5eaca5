#!/bin/sh
# Makes an image that stands in for the public bases of Holdpoint's own, from the programs of this Debian machine: no
# registry is asked. Prints its name. Needs zstd, age, restic, openssh-client, docker and PostgreSQL installed.
set -eu
node=$1
programs='sh env cat chmod chown cp date df du find id ls mkdir mktemp mv rm sha256sum sleep sort stat sync tail true
  setpriv tar zstd age age-keygen restic ssh sftp docker'
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT

{
  for program in $programs; do
    for folder in /usr/local/bin /usr/bin /bin /usr/sbin; do
      [ ! -x "$folder/$program" ] || break
    done
    [ -x "$folder/$program" ] || { echo "error: there is no $program on this machine" >&2; exit 1; }
    echo "$folder/$program"
  done
  # Scripts begin with these paths.
  echo /bin/sh
  echo /usr/bin/env
  echo "$node"
  for server in /usr/lib/postgresql/*; do
    # The compiler for queries weighs 100 MB, and the server does without it.
    find "$server/bin" "$server/lib" \( -name 'llvmjit*' -o -name bitcode \) -prune -o ! -type d -print
  done
} >"$stage/binaries"

{
  cat "$stage/binaries"
  # A script is no binary, and makes ldd fail.
  xargs ldd <"$stage/binaries" 2>/dev/null | sed -n 's/^.*=> \(\/[^ ]*\) (0x.*$/\1/p; s/^\t\(\/[^ :]*\) (0x.*$/\1/p' || true
  for path in /usr/share/postgresql /usr/share/zoneinfo /usr/lib/locale/C.utf8 /etc/ssl/certs/ca-certificates.crt \
    /etc/passwd /etc/group /etc/nsswitch.conf; do
    [ ! -e "$path" ] || find "$path" ! -type d
  done
} | sort -u | while read -r path; do
  # What leads nowhere is left out; other links are followed.
  [ ! -e "$path" ] || echo "${path#/}"
done >"$stage/files"

cd /
name=holdpoint-base:$({ cat "$stage/files"; xargs stat -L -c '%s %Y' <"$stage/files"; } | sha256sum | cut -c 1-12)
if ! docker image inspect "$name" >/dev/null 2>&1; then
  mkdir -m 1777 "$stage/tmp"
  chmod 1777 "$stage/tmp"
  tar -ch --no-recursion --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --transform "s,^${node#/}\$,usr/local/bin/node," --transform 's,^usr/bin/docker$,usr/local/bin/docker,' \
    -T "$stage/files" -C "$stage" tmp |
    docker import -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' - "$name" >/dev/null
fi
echo "$name"
