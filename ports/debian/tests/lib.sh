# shellcheck shell=sh
# SPDX-License-Identifier: Apache-2.0
# What both tests begin with; the first line of theirs sources this. The packages' programs as they are installed, in
# namespaces and folders of the test's own: the machine's packet filter, settings and state are not touched.
if [ -z "${apart:-}" ]; then
	exec env apart=yes unshare --mount --propagation unchanged --net --pid --uts --fork --kill-child --mount-proc "$0"
fi
# Where the root is no mount, as in the folder of the runner `unshare`, the runner has made all mounts private.
mount --make-rprivate / 2>/dev/null || :
for dir in /var/lib/caltrop /etc/caltrop /run/caltrop /root ${folders:-}; do
	mkdir -p $dir
	mount -t tmpfs -o mode=0755 tmpfs $dir
done
ip link set lo up

fail() { echo "FAIL: $*" >&2; exit 1; }

# until_true SECONDS COMMAND...
until_true()
{
	left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

guard_start()
{
	caltropd 2>>/var/lib/caltrop/said &
	guard=$!
	until_true 30 caltrop local status || { cat /var/lib/caltrop/said >&2; fail "the guard does not answer"; }
}

guard_stop() { kill $guard; wait $guard || :; }
in_kernel() { nft list set inet caltrop ban4 2>/dev/null | grep -qwF "$1"; }
