#!/bin/bash
# Runs a command inside the folder that make_root.sh built; its processes and mounts end with it.
# usage: in_root.sh ROOT FOLDER COMMAND...   (FOLDER is /job inside)
export R=$1 W=$2
shift 2
mkdir -p "$R/job"
exec unshare --mount --pid --fork --kill-child bash -c '
  mount --make-rprivate /; mount -t proc proc "$R/proc"; mount --rbind /dev "$R/dev"; mount --rbind /sys "$R/sys"; mount -t tmpfs tmp "$R/tmp"
  mount --bind "$W" "$R/job"; exec chroot "$R" env HOME=/root "$@"' _ "$@"
