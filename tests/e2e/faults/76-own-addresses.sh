#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# With 300 own addresses gateway and resolvers can be banned; so can names in never_ban, what a local resolver asks in
# turn, and an IPv4 address of never_ban that is written as NAT64 writes it. A ban of such an address drops nothing.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE $DEVICE6
host attacker6 198.51.100.13 64:ff9b::198.51.100.13
log_new
GATEWAY=192.0.2.1 UPSTREAM=198.51.100.53 FRIEND=198.51.100.90 OTHER=198.51.100.91
for n in {1..250}; do echo "address add 10.1.0.$n/32 dev lo"; echo "address add 10.2.0.$n/32 dev lo"; done |
	on device ip -batch - || skip "cannot add addresses"
on device ip route add default via $GATEWAY 2>/dev/null || on device ip route replace default via $GATEWAY
mkdir -p /run/systemd/resolve
echo "nameserver 127.0.0.53" >/etc/resolv.conf
echo "nameserver $UPSTREAM" >/run/systemd/resolve/resolv.conf
echo "$FRIEND bastion.example" >>/etc/hosts
guard_conf <<-EOF
	[response]
	never_ban = bastion.example nosuch.invalid 64:ff9b::198.51.100.99
EOF
caltropd --check-config -c $CONF >/tmp/said 2>&1 || fail "names in never_ban are refused: $(cat /tmp/said)"
guard_start
fails() { local i; for i in 1 2 3 4 5; do log_failure $1; done; }
refused() { has_line /var/log/world/guard "refused to ban $1|not banned: $1 "; }
is_read() { fails 198.51.100.21; banned 198.51.100.21; }
wait_for 5 "the log is read" is_read
spared()
{
	fails $2
	until_true 3 refused $2 || fail "$1 $2 is not spared: $(tail -n 2 /var/log/world/guard)"
	check_not "$1 $2 is spared" banned $2
}
spared "the gateway" $GATEWAY
spared "the 500th own address" 10.2.0.250
spared "the resolver behind the local one" $UPSTREAM
check "a name that cannot be resolved is said in health" until_true 20 health_says "never_ban: nosuch.invalid cannot be resolved"
spared "a name in never_ban" $FRIEND
spared "an IPv4 address in NAT64's form" 198.51.100.99

fails $OTHER
check "another address is banned" until_true 5 banned $OTHER
echo "$OTHER bastion.example" >/tmp/hosts; grep -v bastion /etc/hosts >>/tmp/hosts; cat /tmp/hosts >/etc/hosts
kill -HUP $PID_guard
check "until the name has it" until_true 10 not_banned $OTHER
wait_for 10 "the guard is there again" guard_ready

# A client behind NAT64: its log line, its ban and its packets are those of one IPv4 address.
on device ip -6 route add 64:ff9b::/96 dev eth0 || skip "no IPv6"
# Nobody listens, so whoever is heard is refused at once.
heard() { on attacker6 timeout 1 bash -c "exec 3<>/dev/tcp/$DEVICE6/22" 2>/dev/null; [ $? != 124 ]; }
wait_for 5 "the two reach each other" heard
fails 64:ff9b::c633:640d
check "a source of NAT64 is banned as IPv4" until_true 5 banned 198.51.100.13
check_not "and its packets are dropped" heard
check "it can be lifted in either form" on device caltrop local unban 64:ff9b::198.51.100.13
check "and is heard again" until_true 3 heard
