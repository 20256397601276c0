#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An address and a network are limited to some packets a second by order: what comes through is counted at a real socket,
# others are not held up, and the limit outlives a dead guard, somebody's flush, and ends by order and by itself.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf </dev/null
fleet_start

# A socket that writes down whose packets it gets, and hosts that send it 150 at once, which its queue has room for.
start sink on device perl -MIO::Socket::IP -MSocket -e '$| = 1;
	my $s = IO::Socket::IP->new(Proto => "udp", LocalHost => "0.0.0.0", LocalPort => 9999) or die;
	while (my $from = $s->recv(my $data, 9)) { print inet_ntoa((unpack_sockaddr_in $from)[1]), " $data\n" }'
flood() { on "$1" perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(Proto => "udp", PeerHost => $ARGV[0], PeerPort => 9999) or die;
	$s->send("x") for 1 .. 150; $s->send("end") for 1 .. 3' $DEVICE; }
wait_for 5 "the socket" eval 'on device ss -Hlun "sport = :9999" | grep -q .'
passed() { grep -c "^$1 x" /var/log/world/sink; }
# through HOST ADDRESS: how many of its 150 packets came through, in $got.
through()
{
	local before; before=$(passed "$2")
	flood "$1"
	flood operator; wait_for 5 "what came behind them" has_line /var/log/world/sink "^$OPERATOR end"
	got=$(($(passed "$2") - before)); : >/var/log/world/sink
	ok "$got of 150 packets of $1"
}
all_pass() { through "$1" "$2"; [ "$got" = 150 ]; }
few_pass() { through "$1" "$2"; [ "$got" -ge 1 ] && [ "$got" -le 75 ]; }

check "all packets of an attacker pass" all_pass attacker1 $ATTACKER1
order 0 limit $ATTACKER1 rate=20 --for 10m
is .result done; is .verified true
check "few of them do then" few_pass attacker1 $ATTACKER1
check "those of another one all do" all_pass attacker2 $ATTACKER2
check "the kernel shows it" eval 'on device nft list table inet caltrop_limit | grep -q "ip saddr $ATTACKER1 limit rate over 20/second burst 20 packets counter"'
check "root at the device sees it" eval 'on device caltrop local effects --json | jq -e ".items[] | select(.verb == \"limit\")" >/dev/null'
order 0 limit $ATTACKER1 rate=20 --for 1m
is .result already

stop guard KILL
check "a dead guard leaves it in force" few_pass attacker1 $ATTACKER1
guard_start
wait_for 10 "the device is connected" linked
on device nft flush ruleset
shown() { on device nft list table inet caltrop_limit 2>/dev/null | grep -q $ATTACKER1; }
wait_for 5 "somebody's flush is undone" shown
check "and it holds" few_pass attacker1 $ATTACKER1
wait_for 10 "which a receipt says" has_receipt '.result == "restored" and (.text | test("nf_tables"))'

order 0 unlimit $ATTACKER1
is .result done
check "its end is real" all_pass attacker1 $ATTACKER1
check_not "and leaves no table" on device nft list table inet caltrop_limit
order 0 unlimit $ATTACKER1
is .result already

order 0 limit ${ATTACKER1%.*}.0/24 rate=20 --for 2s
is .result done
free() { ! on device nft list table inet caltrop_limit >/dev/null 2>&1; }
wait_for 10 "a limit of two seconds ends by itself" free
wait_for 10 "and is told" has_receipt '.verb == "limit" and .result == "reverted" and (.text | test("its time is over"))'

order 1 limit $OPERATOR rate=20; is .result refused
order 1 limit ${DEVICE%.*}.0/24 rate=20; is .result refused
order 2 limit $ATTACKER1
order 2 limit $ATTACKER1 rate=1000001
order 2 limit 0.0.0.0/0 rate=20
