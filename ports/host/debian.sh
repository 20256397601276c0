#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs .ci/run in a fresh, minimal Debian of the named release: debian.sh SUITE
# The system is made once under $DEPS/SUITE and entered with mounts of its own; the sources are there read-only.
# It has a /dev of its own, as debootstrap makes it. The mirror is the one that this machine's apt uses. Needs root.
set -eu
suite=$1
root=$DEPS/$suite
out=$(mkdir -p "$O/$suite" && cd "$O/$suite" && pwd)
source=$(pwd)
left_out=
[ "$suite" = bookworm ] || left_out=format	# clang-format 14 is Debian 12's

if [ "$(id -u)" != 0 ]; then
	echo 'debian: needs root for debootstrap and chroot'
	echo '0 passed, 1 failed'
	exit 1
fi

if [ ! -e "$root/.ready" ]; then
	# shellcheck disable=SC2016 # apt's own variables
	mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' |
		awk '$2 == "Debian" && $3 == "main" && !/security/ { print $1; exit }')
	[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
	rm -rf "$root"
	mkdir -p "$root"
	debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$out/debootstrap.log" 2>&1 || {
		tail -n 20 "$out/debootstrap.log"
		echo '0 passed, 1 failed'
		exit 1
	}
	echo "deb $mirror $suite main" >"$root/etc/apt/sources.list"
	apt-config dump | grep -iE '^Acquire::.*proxy' >"$root/etc/apt/apt.conf.d/90proxy" || :
	: >"$root/.ready"
fi
cp /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || :
mkdir -p "$root/src" "$root/build"

# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount --pid --fork --kill-child sh -euc '
	root=$1 source=$2 out=$3 left_out=$4
	mount --make-rprivate /
	mount --bind "$root" "$root"
	mount --bind "$source" "$root/src"
	mount -o remount,ro,bind "$root/src"
	mount --bind "$out" "$root/build"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
	mount -t tmpfs tmpfs "$root/tmp"
	mount -t tmpfs -o mode=0755 tmpfs "$root/run"
	cd "$root"
	pivot_root . .
	umount -l .
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LEFT_OUT="$left_out" chroot . /src/.ci/run O=/build DEPS=/build/deps
' sh "$root" "$source" "$out" "$left_out"
