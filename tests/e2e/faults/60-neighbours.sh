#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An attacker in the device's own IPv6 network, or beside somebody who must not be banned, is never banned.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE $DEVICE6
install -m 640 /dev/null $LOG
FRIEND=2001:db8:f::77
guard_conf <<-EOF
	never_ban = $OPERATOR, $FRIEND
	[auth]
	files = $LOG
EOF
guard_start

# fails N ADDRESS
fails() { local n; for n in $(seq $1); do log_failure $2; done; }
alone() { check "$1: $2 is banned" until_true 5 banned $2; check_not "and not its network" banned $3; }

# Who only mistypes beside an attacker is not counted with it.
fails 4 ${DEVICE6%::*}::66
fails 1 ${DEVICE6%::*}::77
fails 1 ${DEVICE6%::*}::66
alone "in the device's own /64" ${DEVICE6%::*}::66 ${DEVICE6%::*}::/64
check_not "and not a neighbour who mistyped once" banned ${DEVICE6%::*}::77
fails 5 fe80::66
alone "link-local" fe80::66 fe80::/64
fails 5 fe80::67%eth0
alone "link-local with a zone" fe80::67 fe80::/64
fails 5 ${FRIEND%::*}::66
alone "beside an address in never_ban" ${FRIEND%::*}::66 ${FRIEND%::*}::/64
fails 5 $FRIEND
fails 5 $DEVICE6
fails 5 ::ffff:198.51.100.99
check "an IPv4 address in IPv6 clothes is banned as what it is" until_true 5 banned 198.51.100.99
check_not "never_ban holds" banned $FRIEND
check_not "and so does the device's own address" banned $DEVICE6
on device ip -6 addr add fd00:db8::10/64 dev eth0 nodad
joined() { fails 1 fd00:db8::66; banned fd00:db8::66; }		# the guard hears of the address a moment later
check "in a unique local network that the device has just joined" until_true 5 joined
check_not "and not its network" banned fd00:db8::/64
fails 5 2001:db8:bad::13
check "any other network is banned whole" until_true 5 banned 2001:db8:bad::/64
check "the log says why it is alone" grep -q "alone: .*$DEVICE6 is an address of this machine" /var/log/world/guard
