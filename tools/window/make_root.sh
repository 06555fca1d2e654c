#!/bin/bash
# Builds a folder holding Debian 13 with its Blender and a virtual screen.
# usage: make_root.sh ROOT   (as root; two minutes, 1.2 GB; does nothing if ROOT is ready)
set -euo pipefail
root=$1
[ -f "$root/.ready" ] && exit 0
mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources | head -1)
command -v debootstrap >/dev/null || { apt-get update -q; apt-get install -y -q --no-install-recommends debootstrap; }
rm -rf "$root"
debootstrap --variant=minbase trixie "$root" "$mirror"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
printf 'path-exclude=/usr/share/%s/*\n' doc man locale >"$root/etc/dpkg/dpkg.cfg.d/slim"
chroot "$root" apt-get update -q
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
  blender python3-numpy xvfb libgl1-mesa-dri libegl1 libegl-mesa0 libgl1 libglx-mesa0 x11-apps x11-utils imagemagick
chroot "$root" apt-get clean
rm -rf "$root"/var/lib/apt/lists/*
touch "$root/.ready"
