# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share, above the world: the real daemons, the guard, the service, the
# attacker, and ways to wait for something to be true. Sourced first by every test.

. "$(dirname "${BASH_SOURCE[0]}")/world.sh"

# Addresses of the cast.
DEVICE=192.0.2.10 DEVICE6=2001:db8:d::10
OPERATOR=192.0.2.77
FLEET=203.0.113.10
ATTACKER1=198.51.100.11 ATTACKER2=198.51.100.12 ATTACKER6=2001:db8:bad::13

OPERATOR_PASSWORD=correct-horse-battery-staple
BACKUP_PASSWORD=sunshine		# the weak one

# --- waiting and checking ---------------------------------------------------------------------

now_ms() { local t=${EPOCHREALTIME/./}; echo $((t / 1000)); }

# until_true SECONDS COMMAND...: run it until it succeeds; fails when the time is over.
until_true()
{
	local end=$(($(now_ms) + $1 * 1000)); shift
	until "$@"; do
		[ "$(now_ms)" -lt $end ] || return 1
		sleep 0.02
	done
	return 0
}

# wait_for SECONDS TEXT COMMAND...: as above, and the test fails with TEXT. It waits longer than asked, since a busy machine
# is not a fault: SECONDS are those of an idle one, $PATIENCE times as many are the end.
PATIENCE=${PATIENCE:-4}
wait_for()
{
	local s=$1 text=$2; shift 2
	until_true $((s * PATIENCE)) "$@" >/dev/null 2>&1 || fail "not within $((s * PATIENCE)) s: $text"
}

ok() { echo "ok: $*"; }
check() { local text=$1; shift; "$@" || fail "$text"; ok "$text"; }
check_not() { local text=$1; shift; ! "$@" || fail "$text"; ok "$text"; }
# is_code CODE TEXT: the last command ended so (`not-0`: with any error); its last word is in /tmp/said.
is_code()
{
	local got=$? text
	text="$2: $(tail -n 1 /tmp/said)"
	if [ "$1" = not-0 ]; then [ $got != 0 ]; else [ $got = "$1" ]; fi || fail "$text (exit code $got)"
	ok "$text"
}
has_line() { grep -qE -- "$2" "$1" 2>/dev/null; }
# stamp_ms FILE PATTERN: time of the last such line, which begins with an RFC 3339 stamp.
stamp_ms() { date -d "$(grep -E -- "$2" "$1" | tail -n 1 | cut -d ' ' -f 1)" +%s%3N; }
has_lines() { [ "$(lines_of "$1" "$2")" = "$3" ]; }	# FILE PATTERN NUMBER
lines_of() { grep -cE -- "$2" "$1"; }

# --- daemons ----------------------------------------------------------------------------------

# start NAME COMMAND...: in the background, output in /var/log/world/NAME, pid in PID_NAME.
start()
{
	local name=$1; shift
	"$@" >>/var/log/world/$name 2>&1 </dev/null &
	printf -v "PID_$name" %s $!
}

# stop NAME [SIGNAL]: end it and wait; its exit code is the result.
stop()
{
	local pid=PID_$1; pid=${!pid}
	kill -"${2:-TERM}" "$pid" 2>/dev/null; wait "$pid" 2>/dev/null
}

listens() { [ -n "$(on "$1" ss -Hltn "sport = :$2")" ]; }

cast()
{
	host device $DEVICE $DEVICE6
	host operator $OPERATOR
	host fleet $FLEET
	host attacker1 $ATTACKER1
	host attacker2 $ATTACKER2
	host attacker6 198.51.100.13 $ATTACKER6
	chpasswd <<-EOF || fail "cannot set passwords"
	root:$OPERATOR_PASSWORD-root
	operator:$OPERATOR_PASSWORD
	backup:$BACKUP_PASSWORD
	EOF
}

# An authentication log as Debian has it, empty.
log_new() { rm -f $LOG; : >$LOG; chown root:adm $LOG; chmod 640 $LOG; }

# syslog_start [FORMAT]: /dev/log -> /var/log/auth.log. FORMAT: `debian` (rsyslog, RFC 3339),
# `classic` (rsyslog, whole seconds), `busybox` (facility.level before the program).
syslog_start()
{
	local format=RSYSLOG_FileFormat
	: >/var/log/auth.log; chown root:adm /var/log/auth.log; chmod 640 /var/log/auth.log
	case ${1-debian} in
	busybox) start syslog on device busybox syslogd -n -O /var/log/auth.log ;;
	*)	[ "${1-}" != classic ] || format=RSYSLOG_TraditionalFileFormat
		cat >/etc/rsyslog.conf <<-EOF
		module(load="imuxsock")
		module(load="builtin:omfile" template="$format" fileGroup="adm" fileCreateMode="0640")
		auth,authpriv.* action(type="omfile" file="/var/log/auth.log")
		*.*;auth,authpriv.none action(type="omfile" file="/var/log/syslog")
		EOF
		start syslog on device rsyslogd -n -iNONE ;;
	esac
	wait_for 5 "syslog listens" test -S /dev/log
}

# journald_start [LINE OF journald.conf]...: the real journald, its journal in /var/log/journal, its socket behind /dev/log.
# It wants cgroups, so the world is the real root's: WORLD_USERNS=no before world_enter.
JOURNALD=/lib/systemd/systemd-journald JOURNAL=/var/log/journal/0123456789abcdef0123456789abcdef
journald_start()
{
	[ -x $JOURNALD ] || skip "needs systemd-journald"
	mkdir -p /sys/fs/cgroup
	mountpoint -q /sys/fs/cgroup || mount -t cgroup2 none /sys/fs/cgroup || skip "cannot mount cgroups for journald"
	basename $JOURNAL >/etc/machine-id
	getent group systemd-journal >/dev/null || echo systemd-journal:x:999: >>/etc/group
	mkdir -p /run/systemd/journal $JOURNAL /etc/systemd
	chgrp -R systemd-journal /var/log/journal; chmod 2755 /var/log/journal $JOURNAL
	{ printf '[Journal]\nStorage=persistent\n'; printf '%s\n' "$@"; } >/etc/systemd/journald.conf
	rm -f /run/systemd/journal/{socket,stdout,dev-log}	# of one before
	start journald on device $JOURNALD
	wait_for 10 "journald listens" test -S /run/systemd/journal/socket
	tell_journald USR1	# from /run to /var/log
	wait_for 10 "the journal is in /var/log" test -s $JOURNAL/system.journal
	ln -sf /run/systemd/journal/dev-log /dev/log
}
tell_journald() { kill -"$1" "$(pidof systemd-journald)"; }

sshd_start()
{
	[ -e /etc/ssh/ssh_host_ed25519_key ] ||
		ssh-keygen -qt ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key || fail "no host key"
	cat >/etc/ssh/sshd_config <<-'EOF'
	HostKey /etc/ssh/ssh_host_ed25519_key
	UsePAM yes
	KbdInteractiveAuthentication no
	PermitRootLogin yes
	PrintMotd no
	Subsystem sftp internal-sftp
	EOF
	# From 9.8 on it bars who failed some times by itself, and the guard would see no more tries.
	! /usr/sbin/sshd -t -o PerSourcePenalties=no 2>/dev/null || echo 'PerSourcePenalties no' >>/etc/ssh/sshd_config
	start sshd on device /usr/sbin/sshd -D
	wait_for 5 "sshd listens" listens device 22
}

dropbear_start()
{
	mkdir -p /etc/dropbear
	start dropbear on device dropbear -F -R -p ${1:-2222} -P /run/dropbear.pid
	wait_for 5 "dropbear listens" listens device ${1:-2222}
}

# --- the attacker and the operator --------------------------------------------------------------

# try HOST USER PASSWORD [COMMAND...]: one ssh login with one password. Its result: 0 logged in,
# 5 wrong password, 110 timed out, else what ssh says; ssh's words are in /tmp/try. Several may run at a time: those
# of the last one that ended are there.
try()
{
	local h=$1 u=$2 p=$3 said=/tmp/try.$BASHPID rc; shift 3
	# A banned source hears nothing any more; its client would wait for ever.
	on $h timeout ${TRY_ANSWER:-10} sshpass -p "$p" ssh -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR -o ConnectTimeout=${TRY_TIMEOUT:-3} -o NumberOfPasswordPrompts=1 \
		-o PubkeyAuthentication=no -p ${SSH_PORT:-22} "$u@${SSH_HOST:-$DEVICE}" "${@:-true}" \
		</dev/null 2>$said
	rc=$?
	grep -q '[Pp]ermission denied' $said && rc=5
	grep -q 'timed out' $said && rc=110
	mv $said /tmp/try
	return $rc
}

# words N: a list for guessing in which the weak password stands at place N.
words()
{
	printf '%s\n' 123456 password qwerty letmein dragon monkey football iloveyou admin welcome \
		princess login abc123 starwars passw0rd master shadow trustno1 batman zaq1zaq1 |
		head -n $(($1 - 1))
	echo $BACKUP_PASSWORD
	printf '%s\n' freedom whatever ninja
}

# crack HOST USER WORDS [HYDRA OPTION]...: hydra until it finds a password or gives up.
crack()
{
	local h=$1 u=$2 w=$3; shift 3
	(cd /tmp && on $h hydra -I -f -t 1 -l "$u" -P "$w" "$@" "ssh://${SSH_HOST:-$DEVICE}:${SSH_PORT:-22}")
}
connects() { on "$1" timeout ${3:-2} bash -c "exec 3<>/dev/tcp/${2:-$DEVICE}/${SSH_PORT:-22}" 2>/dev/null; }

# --- the guard ----------------------------------------------------------------------------------

CONF=/etc/caltrop/caltrop.conf STATE=/var/lib/caltrop LOG=/var/log/auth.log

needs() { local p; for p; do command -v "$p" >/dev/null || skip "$p is not built"; done; }

# guard_conf <<EOF: settings on top of the operator's network; later values win.
guard_conf()
{
	mkdir -p ${CONF%/*}
	{
		# What is tested is found by the built-in rules, unless RULES=yes: a pack would find more.
		! caltropd --features | grep -q CONFIG_RULES_SIGMA=y || printf '[rules]\nenabled = %s\n' "${RULES:-no}"
		printf '[response]\nnever_ban = %s\n' $OPERATOR
		cat
	} >$CONF
}

# conf_if_known "[SECTION] KEY = VALUE": one more setting, left out when this guard does not know it, as an older one.
conf_if_known()
{
	cp $CONF /tmp/conf
	printf '%s]\n%s\n' "${1%%]*}" "${1#*] }" >>$CONF
	caltropd --check-config -c $CONF >/dev/null 2>&1 || cp /tmp/conf $CONF
}

guard_start()
{
	needs caltropd caltrop-core caltrop
	[ -e $CONF ] || guard_conf </dev/null
	start guard on device caltropd -c $CONF
	wait_for 10 "the guard answers" guard_ready
}

guard_ready() { on device caltrop local status; }
# As an init system would: `guard_revive` in the background starts the guard again when it ends.
# Of the core, which is the child of the guard that is not its starter.
guard_pid()
{
	local p
	for p in $(cat "/proc/$PID_guard/task/$PID_guard/children" 2>/dev/null); do
		[ "$(cat /proc/$p/comm)" = caltrop-starter ] || echo "$p"
	done
}

counter() { on device caltrop local health --json | jq -r ".counters[] | select(.name == \"$1\").value"; }	# NAME
health_says() { on device caltrop local health --json | grep -qE -- "$1"; }

# In the kernel's own words; /24 is not asked for here.
banned()
{
	case $1 in
	*::/64) on device nft get element inet caltrop ban6_64 "{ ${1%/64} }" ;;
	*:*/*) on device nft list set inet caltrop ban6_net | grep -F " $1 " ;;
	*/*) on device nft list set inet caltrop ban4_net | grep -F " $1 " ;;
	*:*) on device nft get element inet caltrop ban6 "{ $1 }" ;;
	*) on device nft get element inet caltrop ban4 "{ $1 }" ;;
	esac >/dev/null 2>&1
}
not_banned() { ! banned "$1"; }
# Milliseconds until the kernel forgets it, which says "expires 9m58s720ms".
expires_ms()
{
	echo $(($(on device nft get element inet caltrop ban4 "{ $1 }" | grep -o 'expires [0-9a-z]*' |
		sed 's/expires //; s/ms/*1+/; s/d/*86400000+/; s/h/*3600000+/; s/m/*60000+/; s/s/*1000+/; s/$/0/')))
}

# monitor_start: every change of the kernel's sets with the time it was seen, in /run/world/nft.
monitor_start()
{
	start monitor on device stdbuf -oL nft monitor
	until_true 5 grep -qs . /proc/$PID_monitor/net/netlink || fail "nft monitor does not run"
	tail -n +1 -f --pid=$PID_monitor /var/log/world/monitor |
		while read -r line; do echo "${EPOCHREALTIME/./} $line"; done >/run/world/nft &
}
banned_us() { grep -m 1 "add element inet caltrop ban.*[{ ]$1 " /run/world/nft | cut -d ' ' -f 1; }
times_banned() { grep -c "add element inet caltrop ban.*[{ ]$1 " /run/world/nft; }

# log_failure ADDRESS [USER] [FILE]: one failed login as sshd with PAM writes it, both lines.
log_failure()
{
	local pid=$((RANDOM + 40000)) t
	printf -v t '%(%Y-%m-%dT%H:%M:%S)T.000000+00:00 device sshd[%d]:' -1 $pid
	printf '%s pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= %s\n%s %s\n' \
		"$t" "rhost=$1  user=${2-root}" "$t" "Failed password for ${2-root} from $1 port 40000 ssh2" \
		>>"${3-$LOG}"
}

# --- the service and the desk -------------------------------------------------------------------

SERVICE=/srv/fleet ROOT_KEY=/srv/fleet-keys/root_key.pem ADMIN_PASSWORD=a-new-password-for-the-admin
: "${FACTOR:=no}" # whether admins and responders need a second factor; few tests are about it

service_start()
{
	needs caltrop-server
	if [ ! -e $SERVICE/ca.pem ]; then
		mkdir -p /srv; echo "$FLEET fleet.example" >>/etc/hosts
		on fleet caltrop-server init --dir $SERVICE --name fleet.example >/tmp/init 2>&1 ||
			fail "init: $(tail -n 1 /tmp/init)"
		# An older program knows no second factor.
		if grep -q second_factor "$(command -v caltrop-server)"; then
			sed -i "s/^\[api\]\$/&\nsecond_factor = $FACTOR/" $SERVICE/server.conf
		fi
	fi
	# Older programs leave it in the fleet's directory.
	ESCROW_KEY=$SERVICE-keys/escrow_key.pem
	[ -e $ESCROW_KEY ] || ESCROW_KEY=$SERVICE/escrow_key.pem
	start server on fleet caltrop-server run --dir $SERVICE
	wait_for 10 "the service listens" eval 'listens fleet 8443 && listens fleet 8444'
}

# The operator works beside the service: desk COMMAND... is `caltrop` there.
desk() { on fleet caltrop "$@"; }

desk_login()
{
	grep -oiP 'password:?\s+\K\S+' /tmp/init | head -n 1 >/tmp/first
	echo $ADMIN_PASSWORD >/tmp/second
	desk login --server https://localhost:8444 --ca $SERVICE/ca.pem --user admin \
		--password-file /tmp/first --new-password-file /tmp/second >/tmp/login 2>&1 || fail "cannot log in"
}

# guard_join [OPTION OF token create]...: the device joins the fleet and is seen there.
guard_join()
{
	desk token create "$@" >/tmp/token || fail "no token"
	on device caltrop enroll -c $CONF --token-file /tmp/token >/tmp/joined 2>&1 ||
		fail "enrol: $(tail -n 1 /tmp/joined)"
}
# fleet_start [OPTION OF token create]...: the service, the operator and the guard, which joins and is connected.
fleet_start()
{
	service_start; desk_login; guard_start; guard_join "$@"
	wait_for 10 "the device is connected" linked
}
linked() { [ "$(desk device list --json | jq -r '.items[0].connected')" = true ]; }
not_linked() { ! linked; }

# receipt JQ-CONDITION: some receipt that the service has fulfils it.
receipts() { desk event list --kind receipt --limit 0 --json | jq -c '.items[].receipt'; }
has_receipt() { [ -n "$(receipts | jq -c "select($1)")" ]; }

# order CODE VERB TARGET [OPTION]...: push and wait; its receipts are in /tmp/order, what was said in /tmp/said.
order()
{
	local code=$1 got; shift
	order_push "$@"; got=$?
	check "order $* -> $code: $(receipt .text) $(tail -n 1 /tmp/said)" [ $got = "$code" ]
}
order_push() { desk order push "$@" --device device --wait --json >/tmp/order 2>/tmp/said; }

# receipt JQ: a member of the order's last receipt. is JQ VALUE: it has this value.
receipt() { jq -r "[.. | .receipts? // empty] | flatten | max_by(.step // 0) | $1" /tmp/order; }
is() { check "  $1 = $2" [ "$(receipt "$1")" = "$2" ]; }
