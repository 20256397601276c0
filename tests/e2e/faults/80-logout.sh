#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A logout that leaves somebody in: "none left" is said while a process of the account lives on.

. "$(dirname "$0")/../lib.sh"
command -v perl >/dev/null || skip "needs perl"
needs_helper hostile_core
world_enter "$@"
cast; log_new

# logout ACCOUNT: ask a guard for it; its receipt's text is in /tmp/receipt.
logout()
{
	echo "logout $1 breach" >/tmp/hostile; chmod 644 /tmp/hostile; : >/var/log/world/guard
	guard_conf <<-EOF
		[guard]
		core = $hostile_core
		[rule.breach]
		steps = ban logout
	EOF
	start guard on device caltropd -c $CONF
	wait_for 15 "an answer" has_line /var/log/world/guard "hostile: done"
	grep -m 1 -oE 'hostile: .*operator.*' /var/log/world/guard >/tmp/receipt
	stop guard
}
lives() { pgrep -u operator >/dev/null; }

# A process that forks and ends, so that its child is always another one than that which was seen; several of them.
for round in 1 2 3 4 5; do
	for i in 1 2 3; do
		start chain setpriv --reuid operator --regid operator --clear-groups \
			perl -e '1 until fork'
	done
	wait_for 5 "the account is at work" lives
	logout operator
	check "none left is said (round $round): $(cat /tmp/receipt)" has_line /tmp/receipt "none left"
	check_not "and nobody is left" lives
done

# A session that still starts is sshd's, root's by owner. The first has no process of the account; the second is one of
# which the user is told only when the logout has begun: when a process of the account ends, while others take their time.
title_is() { tr '\0' ' ' <"/proc/$1/cmdline" | grep -q "^$2"; }
runs() { kill -0 $1 2>/dev/null; }
cat >/tmp/session <<-'EOF'
	use POSIX; pipe my $there, my $here; $0 = "sshd: [accepted]";
	unless (fork) { close $there; setuid 1000; open F, ">/tmp/home/in"; close F; sleep 600; }
	close $here;
	for my $n (1, 2, 3, 4) {
		unless (fork) { close $there; setuid 1000; my $much = "x" x 15e7; open F, ">/tmp/home/much$n"; close F; sleep 600; }
	}
	sysread $there, my $end, 1;
	$0 = "sshd: operator [priv]";
	# Too late: this process got no time before the answer was given.
	if (!system "grep", "-q", "hostile: account", "/var/log/world/guard") { open F, ">/tmp/late"; exit; }
	select undef, undef, undef, 0.1;
	unless (fork) { setuid 1000; sleep 600; }
	sleep 600;
EOF
at_work() { [ "$(ls /tmp/home | wc -l)" = 5 ]; }
for try in 1 2 3 4 5; do
	rm -rf /tmp/home /tmp/late; mkdir -m 777 /tmp/home
	start priv perl -e '$0 = "sshd: operator [priv]"; sleep 600'; first=$PID_priv
	start priv perl /tmp/session; second=$PID_priv
	wait_for 5 "a session starts" title_is $first "sshd: operator"
	wait_for 10 "the account is at work" at_work
	logout operator
	[ -e /tmp/late ] || break
done
[ ! -e /tmp/late ] || skip "the machine is too busy to begin a session in time"
check_not "a session that had no process of the account yet is ended" runs $first
check_not "and one that was about to have its first: $(cat /tmp/receipt)" runs $second
check_not "so that none appears" lives
