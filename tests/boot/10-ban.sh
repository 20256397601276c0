#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A stock Debian 12, which has no log file, with the guard of `make install` under its unit: real failed log-ins by ssh end
# in a ban, known from the kernel's audit records and from what journald forwards. It outlives a reboot and a power cut.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
counted() { said caltrop local health | awk -v name="$1" '$1 == name { print $2 }'; }
banned() { said nft list set inet caltrop ban4 | grep -qw 198.51.100.11; }
well() { said caltrop local health >"$(at box)/health"; [ "$(head -n 1 "$(at box)/health")" = well ]; }
attackers() { attacker box evil 198.51.100.11; attacker box good 198.51.100.77; }
# status_of PROCESS LINE: what the kernel holds of it; of caltropd's two processes the first, for the other one starts programs.
status_of() { said "grep -h '^$2:' /proc/\$(pgrep -o -x $1)/status" | cut -f 2; }
# begins_again WHAT: the machine has started anew, and with it the guard and its ban.
begins_again()
{
	check "after $1 the machine has started all its units" [ "$(cat "$(at box)/state")" = running ]
	guard_answers box
	check "and the guard is well" well
	check "the ban is in the kernel" banned
	attackers
	check_not "the attacker is shut out" connects box evil 5
	check "and nobody else" connects box good
}

machine_up box
guard_install box
guard_conf box <<-'END'
	[auth]
	files =
	syslog_socket = /run/systemd/journal/syslog
	audit = yes
	[response]
	ban_time = 1d
	[rule.brute_force]
	count = 3
END
said 'echo 1 >/sys/kernel/tracing/events/syscalls/sys_exit_landlock_restrict_self/enable'
guard_up box
check "the guard is well" well
check "the kernel has put the core under Landlock" \
	said 'grep -q "caltrop-core-.* sys_landlock_restrict_self -> 0x0" /sys/kernel/tracing/trace'
for program in caltropd caltrop-core; do
	check "$program runs under a filter of system calls" [ "$(status_of $program Seccomp)" = 2 ]
done
for set in CapPrm CapEff CapInh CapAmb; do
	check "the core has no capability: $set" [ "$(status_of caltrop-core $set)" = 0000000000000000 ]
done

attackers
check "who knows the password gets in" try box good operator $OPERATOR_PASSWORD
for i in 1 2 3; do
	check_not "after $((i - 1)) failures nobody is banned" banned
	! try box evil operator wrong$i 2>/dev/null || fail "a wrong password got in"
done
check "three real failures are a ban, as nft lists it" banned
check "the command line says so" said 'caltrop local bans | grep -q "^198.51.100.11 *in_force *brute_force"'
check_not "the attacker gets no further" connects box evil 5
check "who knows the password still does" try box good operator $OPERATOR_PASSWORD
check "audit records came: $(counted audit_lines)" [ "$(counted audit_lines)" -gt 0 ]
check "journald's lines came: $(counted syslog_lines)" [ "$(counted syslog_lines)" -gt 0 ]
check "each log-in was counted once, though both told of it" [ "$(counted attempts)" = 5 ]
check "the guard is well" well
echo "PSS: caltropd $(pss box caltropd) KiB, caltrop-core $(pss box caltrop-core) KiB"

machine_reboot box
begins_again "a reboot"
machine_cut box
machine_up box
begins_again "a power cut"
