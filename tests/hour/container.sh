# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# In place of the machine that boots: the same disk's Debian, booted by systemd-nspawn as a container of this machine's
# kernel, which is as fast as the machine. Sourced behind tests/boot/lib.sh; the words are the same. There is no audit.
machine_up()
{
	local m image pid; m=$(at "$1")
	image=$("$TOP/tests/boot/image.sh" "$IMAGES") || fail "no image"
	mkdir -p "$m/root" "$m/disk.mnt"
	[ -e "$m/root/etc" ] || unshare -m sh -ec '
		mount --make-rprivate /; mount -o loop,ro,noload "$1" "$2"; cp -a "$2/." "$3"' - "$image/root.img" "$m/disk.mnt" "$m/root" ||
		fail "cannot unpack the disk"
	# A hierarchy of control groups of its own, whatever this machine has; nothing outside of it is touched.
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m sh -ec '
		mount --make-rprivate /; umount -R /sys/fs/cgroup 2>/dev/null || :; mount -t cgroup2 none /sys/fs/cgroup
		mkdir -p /sys/fs/cgroup/hour; echo $$ >/sys/fs/cgroup/hour/cgroup.procs
		exec "$NSPAWN" -q -D "$1" --bind-ro="$2:/host" --boot --register=no --keep-unit --private-network --machine=machine \
			--capability=all --system-call-filter="bpf perf_event_open fanotify_init fanotify_mark open_by_handle_at \
				landlock_create_ruleset landlock_add_rule landlock_restrict_self" \
			--link-journal=no --resolv-conf=off --timezone=off --console=pipe' - "$m/root" "$2" >"$m/console" 2>&1 </dev/null &
	echo $! >"$m/pid"
	for _ in {1..120}; do
		pid=$(pgrep -P "$(cat "$m/pid")" -x systemd) && break
		sleep 0.5
	done
	echo "$pid" >"$m/leader"
	run "$1" 'systemctl mask --now auditd; systemctl is-system-running --wait' >"$m/state" 2>&1 || :
}
NSPAWN=${NSPAWN:-systemd-nspawn}; export NSPAWN
within() { local name=$1; shift; nsenter -t "$(cat "$(at "$name")/leader")" -m -u -i -n -p -C -r -w "$@"; }
run() { local name=$1; shift; within "$name" bash -c "$*" </dev/null; }
put() { tar -C "$2" --owner=0 --group=0 -c . | within "$1" tar -C "$3" -x; }
machine_down() { kill "$(cat "$(at "$1")/pid")" 2>/dev/null; }
