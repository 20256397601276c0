# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A small world for one test: its own root file system, processes, network and accounts, in
# namespaces that vanish with their first process. The host's files, accounts and firewall are
# out of reach: the host's /usr is there read-only, everything else is made here, and "root" is
# root of a user namespace only (WORLD_USERNS=no: the real root, still in the other namespaces).
#
#   world_enter "$@"            everything after this line of the test runs inside, as process 1
#   host NAME IPV4 [IPV6]...    a machine: a network namespace on the common switch
#   on NAME COMMAND...          run something there
#
# PEERS_MORE names more Debian packages to lay over the world's /usr, unpacked in a folder PEERS_NAME of their own.
# PROGRAMS=DIR tests the programs in DIR instead of those in the build folder.
# KEEP=1 leaves the world running after the test and prints how to look around.

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "$TOP" && realpath -m "${O:-build}")
PROGRAMS=${PROGRAMS:-$BUILD}	# $BUILD/san for those with sanitizers
PEERS=$(cd "$TOP" && realpath -m "${DEPS:-$BUILD/deps}")/${PEERS_NAME:-peers-e2e}
NAME=$(basename "$0" .sh)
OUT=$BUILD/e2e/$NAME	# what a failed test leaves to read

skip() { echo "skip: $*"; exit 77; }
fail() { echo "FAIL: $*" >&2; exit 1; }

# needs_helper NAME: what plays a part in this world, tests/e2e/NAME.c, is built. $NAME becomes its path.
needs_helper()
{
	printf -v "$1" %s "$PROGRAMS/tests/e2e/$1"
	[ -x "${!1}" ] || printf -v "$1" %s "$BUILD/tests/e2e/$1"
	[ -x "${!1}" ] || skip "tests/e2e/$1 is not built: make build/tests/e2e/$1"
}

# The world may load eBPF programs, as the real root may (WORLD_USERNS=no, exported), and there is /sys for it.
needs_bpf()
{
	local why
	mkdir -p /sys; mount -t sysfs -o ro sysfs /sys 2>/dev/null
	command -v caltrop-bpf >/dev/null || skip "caltrop-bpf is not built"
	why=$(caltrop-bpf --check) || skip "no BPF here: $why"
}

world_enter()
{
	if [ "${WORLD_INSIDE-}" ]; then world_build; return; fi
	export PATH=$PATH:/usr/sbin:/sbin
	local t; for t in unshare nsenter setpriv flock ip nft; do
		command -v $t >/dev/null || skip "needs the program $t"
	done
	mkdir -p "$PEERS"
	flock "$PEERS" "$TOP/ports/host/peers.sh" "$PEERS" hydra sshpass openssh-client openssh-server \
		openssh-sftp-server dropbear-bin rsyslog busybox logrotate jq ${PEERS_MORE-} >"$PEERS/log" 2>&1 ||
		skip "cannot fetch the daemons to test with: $(tail -n 1 "$PEERS/log")"
	rm -rf "$OUT"; mkdir -p "$OUT"
	world_spawn "$@"
}

# The outer half: start process 1 in new namespaces, pass its exit code on, leave nothing.
world_spawn()
{
	local users=() map=no pid rc
	if [ "$(id -u)" != 0 ]; then users=(--user --map-auto --map-root-user)
	elif [ "${WORLD_USERNS-}" != no ] && unshare --user true 2>/dev/null; then
		users=(--user); map=yes
	fi
	# Killed by any signal, this shell takes unshare with it, and that takes the world.
	# The loop waits for the user map, written below; only an exec after it has root's powers.
	set -m
	WORLD_INSIDE=1 setpriv --pdeathsig KILL unshare "${users[@]}" --mount --net --uts --ipc --pid \
		--fork --kill-child bash -c 'until read -r _ </proc/self/uid_map; do sleep 0.01; done
		exec setpriv --pdeathsig KILL bash "$@"' - "$0" "$@" &
	pid=$!
	trap 'kill -KILL $pid; wait $pid; exit 130' INT TERM HUP
	if [ $map = yes ]; then
		until ! [ /proc/$pid/ns/user -ef /proc/self/ns/user ]; do sleep 0.01; done
		echo 0 0 65536 >/proc/$pid/uid_map && echo 0 0 65536 >/proc/$pid/gid_map ||
			skip "cannot map users"
	fi
	wait $pid; rc=$?
	[ $rc -ne 0 ] || rm -rf "$OUT"
	exit $rc
}

# The inner half, still in the host's file tree: make a root in memory and move into it.
world_build()
{
	local r=/mnt d
	read -r WORLD_PID _ </proc/self/stat		# as the host numbers it: this /proc is the host's
	set +m; umask 022
	mount --make-rprivate / && mount -t tmpfs -o mode=755 world $r || skip "cannot mount"
	mkdir -p $r/{usr,proc,dev/pts,dev/shm,etc,run/world/{bin,peers},run/netns,run/sshd,root,home,mnt,tmp,old} \
		$r/var/{log/world,lib,cache,tmp,empty} "$r$TOP" "$r$OUT"
	for d in bin sbin lib lib32 lib64 libx32; do
		[ ! -L /$d ] || cp -P /$d $r/$d
		[ -L /$d ] || [ ! -d /$d ] || { mkdir $r/$d; mount --rbind /$d $r/$d; }
	done
	world_programs $r/programs
	mount -t overlay -o "ro,lowerdir=$r/programs:$PEERS/usr:/usr" world $r/usr ||
		skip "cannot mount an overlay"
	mount -t proc proc $r/proc || skip "cannot mount /proc"
	for d in "$TOP" "$BUILD"; do # a build folder may be elsewhere
		mkdir -p "$r$d"
		mount --rbind "$d" "$r$d" && mount -o remount,bind,ro "$r$d" 2>/dev/null
	done
	mount --bind "$OUT" "$r$OUT"
	mount --bind "$PEERS" $r/run/world/peers && mount -o remount,bind,ro $r/run/world/peers 2>/dev/null
	for d in null zero full random urandom tty; do
		: >$r/dev/$d; mount --bind /dev/$d $r/dev/$d
	done
	mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts $r/dev/pts
	ln -s pts/ptmx $r/dev/ptmx; ln -s /proc/self/fd $r/dev/fd
	ln -s ../run $r/var/run; chmod 1777 $r/tmp $r/var/tmp $r/dev/shm; chmod 700 $r/root
	cp -RP /etc/alternatives /etc/ld.so.* /etc/services /etc/protocols $r/etc/ 2>/dev/null
	cd $r && pivot_root . old && cd / && umount -l /old && rmdir /old || skip "cannot move in"
	hostname device
	export HOME=/root PATH=/run/world/bin:/usr/local/libexec:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
	unset DISPLAY SSH_AUTH_SOCK
	trap world_end EXIT; trap 'exit 130' INT TERM
	world_accounts
	world_switch
}

# What is laid over /usr: the programs under test, where `make install` puts them, and the part of
# the unpacked packages that is not below their /usr.
world_programs()
{
	local d p
	mkdir -p "$1"/local/{sbin,bin,libexec}
	for p in sbin/caltropd sbin/caltrop-server libexec/caltrop-core libexec/caltrop-bpf bin/caltrop; do
		if [ -L "$PROGRAMS/${p#*/}" ]; then
			ln -s "../sbin/$(readlink "$PROGRAMS/${p#*/}")" "$1/local/$p"
		elif [ -x "$PROGRAMS/${p#*/}" ]; then
			cp "$PROGRAMS/${p#*/}" "$1/local/$p"
		fi
	done
	[ ! -e "$PROGRAMS/caltrop-rules.pack" ] ||
		install -D -m 644 "$PROGRAMS/caltrop-rules.pack" "$1/local/share/caltrop/caltrop-rules.pack"
	for d in bin sbin lib; do
		[ ! -d "$PEERS/$d" ] || cp -r "$PEERS/$d" "$1/"
	done
}

# Accounts as a Debian machine has them. `backup` is the careless one: see WORDS in lib.sh.
world_accounts()
{
	cat >/etc/passwd <<-'EOF'
	root:x:0:0:root:/root:/bin/bash
	backup:x:34:34:backup:/home/backup:/bin/bash
	sshd:x:101:101::/run/sshd:/usr/sbin/nologin
	caltrop:x:102:102::/var/lib/caltrop:/usr/sbin/nologin
	caltrop-server:x:103:103::/var/lib/caltrop-server:/usr/sbin/nologin
	operator:x:1000:1000:operator:/home/operator:/bin/bash
	nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	EOF
	cat >/etc/group <<-'EOF'
	root:x:0:
	tty:x:5:
	adm:x:4:caltrop
	backup:x:34:
	shadow:x:42:
	utmp:x:43:
	sshd:x:101:
	caltrop:x:102:
	caltrop-server:x:103:
	operator:x:1000:
	nogroup:x:65534:
	EOF
	sed 's/:.*/:!:20000:0:99999:7:::/' /etc/passwd >/etc/shadow
	chown root:shadow /etc/shadow; chmod 640 /etc/shadow
	echo 'passwd: files
group: files
shadow: files
hosts: files' >/etc/nsswitch.conf
	echo '127.0.0.1 localhost device' >/etc/hosts
	printf '%s\n' /bin/sh /bin/bash >/etc/shells
	printf 'ENCRYPT_METHOD YESCRYPT\nUID_MIN 1000\n' >/etc/login.defs
	mkdir -p /etc/pam.d /etc/ssh /etc/default
	cat >/etc/pam.d/common-auth <<-'EOF'
	auth [success=1 default=ignore] pam_unix.so nullok
	auth requisite pam_deny.so
	auth required pam_permit.so
	EOF
	printf 'account required pam_unix.so\n' >/etc/pam.d/common-account
	printf 'session required pam_unix.so\n' >/etc/pam.d/common-session
	printf 'password required pam_unix.so obscure yescrypt\n' >/etc/pam.d/common-password
	printf '@include common-%s\n' auth account session |
		tee /etc/pam.d/sshd /etc/pam.d/su /etc/pam.d/login >/etc/pam.d/other
	printf '@include common-password\n' | tee /etc/pam.d/chpasswd >/etc/pam.d/passwd
	local u; for u in operator backup; do
		mkdir -m 700 /home/$u; chown $u: /home/$u
	done
	: >/run/utmp; : >/var/log/wtmp; : >/var/log/btmp; : >/var/log/lastlog
	chgrp utmp /run/utmp /var/log/wtmp /var/log/btmp /var/log/lastlog; chmod 660 /var/log/btmp
}

# One switch; all machines of all networks hang on it, so that routes need no explanation.
world_switch()
{
	ip link set lo up
	ip link add switch type bridge && ip link set switch up || skip "cannot make a bridge"
	cat >/run/world/bin/on <<-'EOF'
	#!/bin/sh
	h=$1; shift; exec nsenter --net="/run/netns/$h" "$@"
	EOF
	chmod +x /run/world/bin/on
}

host()
{
	local h=$1 a; shift
	: >/run/netns/$h
	unshare --net=/run/netns/$h ip link set lo up || fail "no network namespace for $h"
	ip link add "$h" type veth peer name eth0 netns /run/netns/$h && ip link set "$h" master switch up
	on $h sysctl -qw net.ipv6.conf.eth0.accept_dad=0
	on $h ip link set eth0 up
	for a; do
		case $a in *:*) on $h ip addr add $a/32 dev eth0 nodad ;; *) on $h ip addr add $a/32 dev eth0 ;; esac
	done
	for a in 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24; do on $h ip route add $a dev eth0 src $1; done
	case "$*" in *:*) on $h ip route add 2001:db8::/32 dev eth0 2>/dev/null ;; esac
	echo "$1 $h" >>/etc/hosts
}

# Process 1 ends: keep what is worth reading if the test failed; all else goes with the namespaces.
world_end()
{
	local rc=$?
	trap - EXIT
	if [ "${KEEP-}" ] && [ $rc != 77 ]; then world_keep $rc; fi
	if [ $rc = 0 ] && grep -rE 'Sanitizer|runtime error: |require\(.*failed' /var/log/world >&2; then
		echo "FAIL: a program stumbled" >&2; rc=1
	fi
	[ $rc -eq 0 ] || [ $rc -eq 77 ] || {
		world_last_words >&2
		cp -r /var/log "$OUT/" && echo "logs: ${OUT#"$TOP"/}/log" >&2
	}
	exit $rc
}

# What each program said last, for a reader who has only the output of the run.
world_last_words()
{
	local log
	for log in /var/log/world/*; do tail -n 8 "$log" | cut -c 1-160 | sed "s|^|${log##*/}: |"; done
}

world_keep()
{
	cat <<-EOF

	The world stays up (the test ended with $1). From the host:
	  nsenter -t $WORLD_PID -a env HOME=$HOME PATH=$PATH bash
	and in there:
	  on device nft list table inet caltrop     the guard's table
	  on HOST bash                              a shell on one of: $(cd /run/netns && echo *)
	End it, from the host:
	  kill $WORLD_PID
	EOF
	trap 'exit $rc' INT TERM
	while :; do sleep 3600 & wait $!; done
}
