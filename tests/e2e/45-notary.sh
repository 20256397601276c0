#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The process that parses what networks send does not have the keys of the authority and of orders in its memory. Who
# has them signs on as long as the service lives, and no longer.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start
guard_conf </dev/null
fleet_start
notary() { cat /proc/$PID_server/task/*/children | tr ' ' '\n' | while read -r p; do ! grep -qx caltrop-notary /proc/$p/comm || echo $p; done; }
# hex_of KEY: the longest part of the private number that has no line end in it, which grep could not look across.
hex_of()
{
	openssl ec -in $SERVICE/$1 -text -noout 2>/dev/null | sed -n '/^priv:/,/^pub:/s/^ //p' | tr -d ' :\n' |
		sed 's/../& /g; s/ 0a /\n/g' | awk '{ if (length > length(best)) best = $0 } END { print best }'
}
# memory_has PID KEY
memory_has()
{
	local range rights rest pattern
	pattern=$(hex_of $2 | sed 's/\([0-9a-f][0-9a-f]\) */\\x\1/g')
	[ ${#pattern} -ge 32 ] || return 2
	while read -r range rights rest; do
		[[ $rights == rw* ]] || continue
		dd if=/proc/$1/mem bs=4096 skip=$((16#${range%-*} / 4096)) status=none \
			count=$(((16#${range#*-} - 16#${range%-*}) / 4096))
	done </proc/$1/maps | LC_ALL=C grep -qaP "$pattern"
}

check "the service has a process that signs" [ -n "$(notary)" ]
check "which ps(1) names" [ "$(cat /proc/$(notary)/comm)" = caltrop-notary ]
check "and which is of the service's user" [ "$(stat -c %U /proc/$(notary))" = caltrop-server ]
order 0 ban 198.51.100.9
check "an order is signed and carried out" banned 198.51.100.9
for key in ca_key.pem order_key.pem; do
	check "the process that signs has $key in its memory" memory_has $(notary) $key
	memory_has $PID_server $key
	is_code 1 "the service has not, also after it had an order signed and a device enrolled"
done
check "it has no socket but the one to the service" \
	[ "$(find /proc/$(notary)/fd -lname 'socket:*' -printf '%f\n' | tr -d '\n')" = 0 ]
check "and makes no other system calls than it needs" grep -q '^Seccomp:.2' /proc/$(notary)/status
kill -HUP $(notary); kill -TERM $(notary)
order 0 unban 198.51.100.9
check "a terminal's signals do not end it" not_banned 198.51.100.9

kill -KILL $(notary)
wait_for 10 "without it the service ends" eval '! kill -0 $PID_server'
check "and says why" has_line /var/log/world/server "the process that signs has ended"
service_start
wait_for 60 "the device is connected again" linked
order 0 ban 198.51.100.9
check "started again it signs again" banned 198.51.100.9
child=$(notary)
kill -KILL $PID_server
wait_for 10 "and it ends with the service" eval '! kill -0 $child'
