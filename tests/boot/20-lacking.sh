#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A machine that lacks what the guard wants: a kernel that cannot load nf_tables or parts of it, no audit, no Landlock, no log file. The
# guard runs, does what it can, and names what it cannot; what was decided meanwhile is done as soon as it can be.

. "$(dirname "$0")/lib.sh"

said() { run box "$@"; }
names() { said caltrop local health | grep -q "$1"; }

MACHINE_APPEND="audit=0 lsm=yama,apparmor" machine_up box
guard_install box
said 'echo "install nf_tables /bin/false" >/etc/modprobe.d/none.conf'
said 'for m in nft_socket nfnetlink_log; do echo "install $m /bin/false"; done >/etc/modprobe.d/less.conf'
guard_conf box <<-'END'
	[auth]
	files = /var/log/auth.log
	syslog_socket = /run/systemd/journal/syslog
	audit = yes
	[firewall]
	enabled = yes
	decoy = 2323
	[rule.brute_force]
	count = 3
END
guard_up box
check "health: not well" names '^not well$'
check "health names the log file" names 'cannot read /var/log/auth.log: there is no such file'
check "health names the audit stream" names 'could not open the kernel.s audit stream'
check "health names the packet filter" names 'addresses cannot be banned'
check "health names the log of packets" names 'scans, are not seen: the kernel has no nfnetlink_log'
said 'caltropd --check-kernel' >"$(at box)/kernel"
check "caltropd --check-kernel ends with 69" [ $? = 69 ]
for symbol in NF_TABLES NETFILTER_NETLINK_LOG AUDIT SECURITY_LANDLOCK; do
	check "and names $symbol" grep -qE "^missing  *CONFIG_$symbol( \(.*\))?: without it, " "$(at box)/kernel"
done
check "the log names Landlock" said 'journalctl -u caltropd | grep -q "this kernel has no Landlock"'

attacker box evil 198.51.100.11
for i in 1 2 3; do
	! try box evil operator wrong$i 2>/dev/null || fail "a wrong password got in"
done
check "the ban is asked for, and not claimed" \
	said 'caltrop local bans | grep -q "^198.51.100.11 *asked"'
check "health names what waits" names '^1 bans wait: caltropd cannot do them just now'
check "the attacker gets in still" connects box evil

said 'rm /etc/modprobe.d/none.conf'
check "once the module can be loaded, the ban is done" \
	said 'timeout 180 sh -c "until nft list set inet caltrop ban4 2>/dev/null | grep -qw 198.51.100.11; do sleep 1; done"'
check "by the guard that was there all the time" \
	said '[ "$(systemctl show -P NRestarts caltropd)" = 0 ] && journalctl -u caltropd | grep -q "packet filter: it works again"'
check_not "the attacker gets no further" connects box evil 5
check_not "health no longer names the packet filter" names 'addresses cannot be banned'
check "health names what of nf_tables there is not, and what sees instead" \
	names 'scans, are not seen: the kernel has no nft_socket; connections to decoys are'
check "but still what is not there" names 'could not open the kernel.s audit stream'
