#!/usr/bin/env bash
# Installs what tools/packages.txt lists: `tools/setup.sh run` to build and run Playhead, `tools/setup.sh develop` to test it too.
#
# Safe to call again and again: when all is there it runs nothing and takes a blink. As root it installs the missing Debian
# packages; otherwise it prints the one line to run, and stops. The rest goes under third_party/, each piece checked against its
# SHA-256 and swapped in whole, so that an interrupted run leaves either the old piece or the new one.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly list=tools/packages.txt
readonly python=/usr/bin/python3 # Debian's own: the wheels are for its version

in_group() { [[ $1 == run || $group == develop ]]; }

missing_debian_packages() {
  local wanted installed
  wanted=$(while read -r kind package_group names; do
    if [[ $kind == apt ]] && in_group "$package_group"; then printf '%s\n' $names; fi
  done <"$list")
  # dpkg-query knows an architecture-qualified package by its plain name too; it fails when any name is unknown, which is an answer.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^installed //p' || true)
  grep --line-regexp --fixed-strings --invert-match --file=<(printf '%s\n' "$installed") <<<"$wanted" || true
}

install_debian_packages() {
  local missing
  missing=$(missing_debian_packages | tr '\n' ' ')
  missing=${missing% }
  if [[ -z $missing ]]; then return; fi
  if [[ $EUID -ne 0 ]]; then
    printf 'Playhead needs packages that are not installed. Run this line, then try again:\n' >&2
    printf '  sudo apt-get update && sudo apt-get install --no-install-recommends -y %s\n' "$missing" >&2
    exit 1
  fi
  printf 'setup: installing %s\n' "$missing" >&2
  export DEBIAN_FRONTEND=noninteractive
  # An old package index names files that are gone; a fresh machine has no index: one update cures both, and is skipped otherwise.
  apt-get install --no-install-recommends -y -qq $missing </dev/null >/dev/null 2>&1 && return
  apt-get update -qq </dev/null >/dev/null
  apt-get install --no-install-recommends -y -qq $missing </dev/null >/dev/null
}

# pip NAME VERSION SHA256 ARGUMENT...: runs pip on exactly the one pinned file.
pip() {
  local pin="$1==$2 --hash=sha256:$3"
  shift 3
  "$python" -m pip --disable-pip-version-check --quiet "$@" --no-deps --require-hashes --requirement <(printf '%s\n' "$pin") \
    </dev/null >&2
}

fetch_wheel() {
  pip "$1" "$2" "$3" install --root-user-action=ignore --only-binary :all: --ignore-installed --target "$4"
}

# pip hands out a source package only after asking it for its metadata, which takes setuptools but compiles nothing.
fetch_simdjson() {
  PYTHONPATH="$PWD/third_party/setuptools" pip "$1" "$2" "$3" download --no-build-isolation --no-binary :all: --dest "$4"
  tar --extract --gzip --file "$4/$1-$2.tar.gz" --directory "$4" --strip-components=2 \
    "$1-$2/simdjson/simdjson.h" "$1-$2/simdjson/simdjson.cpp"
  rm "$4/$1-$2.tar.gz"
}

fetch_pinned() {
  local kind package_group name version sha256 folder stamp
  while read -r kind package_group name version sha256 folder; do
    if [[ $kind != wheel && $kind != simdjson ]] || ! in_group "$package_group"; then continue; fi
    stamp="$name $version $sha256"
    if [[ -f third_party/$folder/.pinned && $(<"third_party/$folder/.pinned") == "$stamp" ]]; then continue; fi
    printf 'setup: fetching %s %s\n' "$name" "$version" >&2
    rm -rf "third_party/$folder.new"
    mkdir -p "third_party/$folder.new"
    "fetch_$kind" "$name" "$version" "$sha256" "third_party/$folder.new"
    printf '%s\n' "$stamp" >"third_party/$folder.new/.pinned"
    rm -rf "third_party/$folder"
    mv "third_party/$folder.new" "third_party/$folder"
  done <"$list"
}

group=${1:-}
if [[ $group != run && $group != develop ]]; then
  printf 'usage: tools/setup.sh run|develop\n' >&2
  exit 2
fi
mkdir -p third_party
exec 9>third_party/.lock
flock 9 # two `make` at once take turns
install_debian_packages
fetch_pinned
