# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# A fresh, minimal Debian in a folder, for the checks that need one; a script sources this. It needs root.
#
#   suite_make SUITE ROOT LOG            debootstrap it once; the mirror is the one that this machine's apt uses
#   suite_enter ROOT SOURCE OUT CMD...   run that in it, with mounts and processes of its own: SOURCE is /src, read-only,
#                                        and OUT is /build. It has a /dev of its own, as debootstrap makes it.
#   suite_boot ROOT SOURCE OUT UNIT      the same with its systemd as first process, which starts UNIT, in cgroups and a
#                                        network of its own; the code that systemd ends with. It cannot set what the kernel
#                                        has only once: /proc/sys and /sys are read-only, and /dev/kmsg is not the kernel's.

suite_make()
{
	[ ! -e "$2/.ready" ] || return 0
	# shellcheck disable=SC2016 # apt's own variables
	suite_mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(COMPONENT)' |
		awk '$2 == "Debian" && $3 == "main" && !/security/ { print $1; exit }')
	# shellcheck disable=SC2016 # the same
	[ -n "$suite_mirror" ] || suite_mirror=$(apt-get indextargets --format '$(REPO_URI)' | head -n 1)
	rm -rf "$2"
	mkdir -p "$2"
	debootstrap --variant=minbase "$1" "$2" "$suite_mirror" >"$3" 2>&1 || { tail -n 20 "$3"; return 1; }
	echo "deb $suite_mirror $1 main" >"$2/etc/apt/sources.list"
	apt-config dump | grep -iE '^Acquire::.*proxy' >"$2/etc/apt/apt.conf.d/90proxy" || :
	: >"$2/.ready"
}

# suite_in ROOT SOURCE OUT "UNSHARE'S OPTIONS" CMD...
suite_in()
{
	cp /etc/resolv.conf /etc/hosts "$1/etc/" 2>/dev/null || :
	mkdir -p "$1/src" "$1/build"
	suite_apart=$4
	# shellcheck disable=SC2016,SC2086 # for the inner shell; a list
	unshare --mount --pid --fork --kill-child $suite_apart sh -euc '
		root=$1 source=$2 out=$3
		shift 4
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
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb chroot . "$@"
	' sh "$@"
}

suite_enter()
{
	suite_to_root=$1 suite_to_src=$2 suite_to_out=$3
	shift 3
	suite_in "$suite_to_root" "$suite_to_src" "$suite_to_out" '' "$@"
}

suite_boot()
{
	suite_group=/sys/fs/cgroup
	[ ! -e $suite_group/unified/cgroup.procs ] || suite_group=$suite_group/unified
	suite_group=$suite_group/caltrop-suite-$$
	mkdir "$suite_group" || return 1
	# shellcheck disable=SC2016 # for the inner shell
	(
		sh -c 'echo $PPID' >"$suite_group/cgroup.procs"
		suite_in "$1" "$2" "$3" '--net --uts --ipc --cgroup' sh -euc '
			mount -o bind,ro /proc/sys /proc/sys
			mount -t sysfs -o ro sysfs /sys
			mount -t cgroup2 cgroup2 /sys/fs/cgroup
			[ ! -e /dev/kmsg ] || mount --bind /dev/null /dev/kmsg
			exec env container=caltrop /lib/systemd/systemd --unit="$1"
		' sh "$4"
	)
	suite_code=$?
	find "$suite_group" -depth -type d -exec rmdir {} + 2>/dev/null
	return $suite_code
}
