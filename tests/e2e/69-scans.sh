#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who tries ports that nobody serves: nmap's scans are seen and ban nobody, a connection to a decoy bans, a monitor and
# broadcasts are quiet, what is served follows the listeners, forged addresses are one incident, a flood costs little.

export PEERS_NAME=peers-nmap PEERS_MORE=nmap
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
conf() { guard_conf <<-EOF2
	[firewall]
	enabled = yes
	decoy = 23 5900 8022
	rate = $1
	EOF2
}
conf 1000

listen_at() { start "$1" on device perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => "::", LocalPort => $ARGV[0], ReuseAddr => 1, Listen => 9) or die $@;
	while (my $c = $s->accept) { close $c }' "$2"; wait_for 5 "it listens at $2" listens device "$2"; }
# nmap is laid over /usr, not installed: nothing links its library to where it is looked for.
blas=$(find /usr/lib -name libblas.so.3 | head -n 1)
scan() { local h=$1; shift; on "$h" env LD_LIBRARY_PATH="${blas%/*}" nmap -n -Pn --max-retries 1 --host-timeout 60s "$@" >/tmp/nmap 2>&1 || fail "nmap: $(tail -n 1 /tmp/nmap)"; }
row() { on device caltrop local table scans --json | jq -se "[.. | objects | select(.packets)] | any($1)" >/dev/null; }	# JQ
incidents() { on device caltrop local incidents --json | jq -s '[.. | objects | select(.rule)]'; }
has_incident() { incidents | jq -e "any($1)" >/dev/null; }
packets() { counter packets; }
has_packets() { [ "$(packets)" = "$1" ]; }
has_table() { on device nft list table inet caltrop_packets >/dev/null 2>&1; }

listen_at taken 8022
guard_start
check "a port that is served is no decoy, and health says so" health_says '8022: another program serves it'
check "the others are" [ "$(counter decoys)" = 2 ]

# What is no scan.
listen_at web 8080
for p in 8080 443 80 9100 25; do for _ in 1 2 3; do
	on operator perl -MIO::Socket::IP -e 'IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1])' $DEVICE $p
done; done
wait_for 5 "a monitor's checks of what is not served are counted" row ".src == \"$OPERATOR\" and .ports == 4 and .packets == 12"
on operator ip route add 224.0.0.0/4 dev eth0
on operator perl -MSocket -e '
	socket my $s, PF_INET, SOCK_DGRAM, 0 or die; setsockopt $s, SOL_SOCKET, SO_BROADCAST, 1;
	for my $to ("255.255.255.255", "224.0.0.251", "239.255.255.250") {
		send $s, "x", 0, sockaddr_in($_, inet_aton $to) for 1900, 5353, 5000 .. 5040 }'
on device perl -MIO::Socket::IP -e 'IO::Socket::IP->new(PeerHost => "127.0.0.1", PeerPort => $_) for 1 .. 200'
on device perl -MIO::Socket::IP -e 'IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $_) for 1 .. 200' $OPERATOR
wait_for 5 "broadcasts, loopback and what the device sends are none of it" has_packets 12
check_not "and nobody scans" has_incident true

# Real scans.
scan attacker1 -sS -p 1000-1099 $DEVICE
wait_for 5 "a SYN scan" has_incident ".rule == \"port_scan\" and .src == \"$ATTACKER1\""
scan attacker2 -sT -p 2000-2099 $DEVICE
wait_for 5 "a connect scan" has_incident ".rule == \"port_scan\" and .src == \"$ATTACKER2\""
scan operator -sU -p 3000-3039 --min-rate 200 $DEVICE
wait_for 5 "a UDP scan" has_incident ".rule == \"port_scan\" and .src == \"$OPERATOR\""
scan attacker6 -6 -sF -p 4000-4099 $DEVICE6
wait_for 5 "a FIN scan over IPv6" has_incident ".rule == \"port_scan\" and (.src | test(\"2001:db8:bad:\"))"
ok "four kinds of scans are seen"
check "one incident each" [ "$(incidents | jq length)" = 4 ]
for a in $ATTACKER1 $ATTACKER2; do check_not "$a is not banned for it" banned $a; done

# Decoys.
scan attacker1 -sS -p 23 $DEVICE
touched() { on device caltrop local table scans --json | jq -se '[.. | objects | select(.packets)] | any(.dst_port == 23)' >/dev/null; }
wait_for 5 "a first packet to a decoy is seen" touched
check_not "and bans nobody" banned $ATTACKER1
on attacker2 timeout 1 bash -c "exec 3<>/dev/tcp/$DEVICE/5900; cat <&3" 2>/dev/null
wait_for 5 "a connection to a decoy bans" banned $ATTACKER2
banned_by() { [ "$(on device caltrop local bans --json | jq -r ".items[] | select(.addr == \"$1\").rule")" = "$2" ]; }
check "in the name of its rule" banned_by $ATTACKER2 decoy_touch
check "which is part of the incident of its scan" has_incident ".src == \"$ATTACKER2\" and .rules == 2"
on attacker6 timeout 1 bash -c "exec 3<>/dev/tcp/$DEVICE6/23; cat <&3" 2>/dev/null
wait_for 5 "over IPv6, too" banned ${ATTACKER6%::*}::/64

# mark PORT: one more packet; when it was read, all packets before it were.
mark() { SSH_PORT=$1 connects operator; wait_for 5 "a packet to $1 is read" row ".src == \"$OPERATOR\" and .dst_port == $1"; }

# What is served follows the listeners.
mark 9001
before=$(packets)
SSH_PORT=8080 connects operator
mark 9002
check "what is served is no hit" has_packets $((before + 1))
stop web
SSH_PORT=8080 connects operator
wait_for 5 "what is not served any more is one" has_packets $((before + 2))
listen_at web 8080
SSH_PORT=8080 connects operator
mark 9003
check "and what is served again is none" has_packets $((before + 3))

# The table is kept.
on device nft delete table inet caltrop_packets
wait_for 5 "a table that somebody deletes comes back" has_table
on device nft flush ruleset
wait_for 5 "and after a flush of everything" has_table
wait_for 5 "bans, too" banned $ATTACKER2

# Forty forged addresses.
scan operator -sS -D RND:40 -p 6000-6016 $DEVICE
wait_for 5 "scans of many sources are one incident of the device" has_incident '.rule == "many_scans"'
check "and not one each" [ "$(incidents | jq '[.[] | select(.rule == "port_scan")] | length')" -le 20 ]
check "nobody more is banned" [ "$(on device caltrop local bans --json | jq -s '[.. | objects | select(.addr)] | length')" = 2 ]

# A flood: the kernel lets through what the rate allows.
stop guard
check_not "the table goes with the guard" has_table
conf 50; guard_start
read -r core <<<"$(guard_pid)"
ticks() { awk '{ print $14 + $15 }' "/proc/$core/stat"; }
at=$(now_ms) used=$(ticks)
scan attacker1 -sS -p 10000-13999 --max-retries 0 --min-rate 10000 $DEVICE
took=$(($(now_ms) - at)) used=$(($(ticks) - used))
echo "4,000 packets in $took ms: $(packets) were looked at, for $((used * 10)) ms of the core"
check "no more than the rate allows were looked at" [ "$(packets)" -le $((50 + 50 * (took / 1000 + 2))) ]
check "which costs next to nothing" [ $((used * 10 * 20)) -le $((took + 1000)) ]
check "and health says that more came" health_says 'more packets come to ports that nobody serves'
wait_for 5 "the scan is seen all the same" has_incident ".rule == \"port_scan\" and .src == \"$ATTACKER1\""

# A group that another program reads.
stop guard
start reader on device perl -e '
	socket my $s, 16, 3, 12 or die; my $cmd = pack("SSC x3", 5, 1, 1);
	send $s, pack("LSSLL CCn", 20 + length $cmd, 4 << 8 | 1, 5, 1, 0, 0, 0, 4848) . $cmd, 0, pack("SSLL", 16, 0, 0, 0) or die;
	sysread $s, my $got, 99; print unpack("x16 l", $got), "\n"; $| = 1; print "bound\n"; sleep 999'
wait_for 5 "another program reads the group" has_line /var/log/world/reader bound
guard_start
check "health names the group" health_says 'another program reads log group 4848'
