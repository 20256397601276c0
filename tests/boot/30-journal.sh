#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The journal of a real systemd, with a guard that was told of no source: it finds the journal, the socket that journald
# forwards to and the audit records; the journal alone is enough; rotation, vacuum and journald's rate limit are survived and
# said.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
counted() { said caltrop local health | awk -v name="$1" '$1 == name { print $2 }'; }
banned() { said nft list set inet caltrop ban4 | grep -qw "$1"; }
sources() { said caltrop local status | awk '$1 == "sources" { $1 = ""; print substr($0, 2) }'; }
# soon WHAT...: true within a minute. Journald tells of new entries by a timer of its own, so there is nothing to wait on.
soon() { local n; for n in {1..20}; do "$@" && return; sleep 3; done; return 1; }
# forge ADDRESS COUNT: failures as root's own sshd would log them, but by another program.
forge() { said "for i in \$(seq $2); do logger -i -t sshd -p auth.info \"Failed password for root from $1 port \$i ssh2\"; done"; }
more_than() { [ "$(counted "$1")" -gt "$2" ]; }

machine_up box
guard_install box
guard_conf box <<-'END_CONF'
	[response]
	ban_time = 1d
	[rule.brute_force]
	count = 3
END_CONF
guard_up box
check "a guard that was told nothing found: $(sources)" \
	[ "$(sources)" = "journal /run/systemd/journal/syslog audit" ]
attacker box evil 198.51.100.11
for i in 1 2 3; do try box evil operator wrong$i 2>/dev/null && fail "a wrong password got in"; done
check "real failures are a ban" soon banned 198.51.100.11
check "each was counted once, though three sources told of it: $(counted attempts)" [ "$(counted attempts)" = 3 ]
check "the journal told of them, too: $(counted journal_entries)" soon more_than journal_entries 0

guard_conf box <<-'END_CONF'
	[auth]
	journal = yes
	[response]
	ban_time = 1d
	[rule.brute_force]
	count = 3
END_CONF
said systemctl restart caltropd
guard_answers box
check "the journal alone: $(sources)" [ "$(sources)" = journal ]
attacker box second 198.51.100.22
for i in 1 2 3; do try box second operator wrong$i 2>/dev/null && fail "a wrong password got in"; done
check "is enough for a ban" soon banned 198.51.100.22

forge 198.51.100.31 2
said 'journalctl --rotate'
forge 198.51.100.31 1
check "a rotation between the failures" soon banned 198.51.100.31
said systemctl stop caltropd
forge 198.51.100.32 2
said 'journalctl --rotate'
forge 198.51.100.32 1
said systemctl start caltropd
guard_answers box
check "a rotation that the guard slept through" soon banned 198.51.100.32
said 'journalctl --rotate && journalctl --vacuum-time=1s' >/dev/null 2>&1
forge 198.51.100.33 3
check "a vacuum" soon banned 198.51.100.33

said 'mkdir -p /etc/systemd/journald.conf.d &&
	printf "[Journal]\nRateLimitIntervalSec=30s\nRateLimitBurst=20\n" >/etc/systemd/journald.conf.d/burst.conf &&
	systemctl restart systemd-journald'
said 'systemd-run -q --wait --unit=flood sh -c "for i in \$(seq 400); do echo line \$i; done"' || true
said 'systemd-run -q --wait --unit=flood sh -c "sleep 31; echo after"' || true
check "what journald dropped by its rate limit is said in health" soon said 'caltrop local health | grep -q "by its rate limit"'
