#!/bin/sh
# Debian packages that Python's venv, Blender as a module, offscreen rendering and the tests need.
# Installs what is missing when run as root; otherwise names it and stops.
set -eu

packages="libx11-6 libxrender1 libxfixes3 libxi6 libxkbcommon0 libsm6 libgl1 libxxf86vm1 libgomp1 \
libegl1 libegl-mesa0 libgl1-mesa-dri assimp-utils"

missing=""
# Debian splits off what makes a venv usable; a Python from elsewhere brings it along.
if ! "${PYTHON:-python3.11}" -c 'import ensurepip' 2>/dev/null; then
  missing=" python3.11-venv"
fi
for package in $packages; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ]; then
  echo "Missing system libraries. Install them with:" >&2
  echo "  sudo apt-get install --no-install-recommends$missing" >&2
  exit 1
fi
echo "Installing system libraries:$missing"
apt-get update -q
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
