#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A service that was taken over sends what the protocol does not know: bytes of every message to a device are exchanged
# before they leave. The guard, with sanitizers where they are built, stays up, does nothing that was not signed, and is
# there for the service that takes its place.

. "$(dirname "$0")/lib.sh"
needs_helper malicious_server
export ASAN_OPTIONS=detect_leaks=0	# whose look for leaks at the end the filters of both processes forbid
world_enter "$@"
[ ! -x "$BUILD/san/caltropd" ] || cp "$BUILD"/san/{caltropd,caltrop-core} /run/world/bin/	# the guard alone
cast; log_new

record=$SERVICE/malicious
changed() { wc -l <$record; }
kinds() { sort -u $record | wc -l; }
bans() { on device nft list set inet caltrop ban4 | grep -o '[0-9.]* timeout' | cut -d ' ' -f 1 | sort; }

guard_conf </dev/null
fleet_start
guard=$PID_guard core=$(guard_pid)
cp -p /etc/shadow /tmp/shadow; find /etc /home /root -type f | sort >/tmp/files
stop server

: >$record; chown caltrop-server $record
echo "MALICIOUS_SEED=${SEED:=$RANDOM}"
start server on fleet env MALICIOUS_SEED=$SEED LD_PRELOAD=$malicious_server caltrop-server run --dir $SERVICE
wait_for 10 "the service listens" eval 'listens fleet 8443 && listens fleet 8444'
head -c 100000 /dev/urandom >/tmp/object
for i in {1..60}; do
	desk order push ban 198.51.100.$i --device device >/dev/null 2>&1
	desk object offer /tmp/object --name object$i --version $i --device device >/dev/null 2>&1
	[ $((i % 5)) != 0 ] || kill -HUP $PID_server	# has it send the trust bundle
	[ "$(changed)" -lt 15 ] || [ "$(kinds)" -lt 3 ] || break
	sleep 1
done
ok "$(changed) messages were changed: $(sort $record | uniq -c | xargs)"
check "of more than one kind" [ "$(kinds)" -ge 3 ]
stop server
check "caltropd is the same process" kill -0 $guard
check "and so is the core" [ "$(guard_pid)" = "$core" ]
check "no account was changed" cmp /etc/shadow /tmp/shadow
find /etc /home /root -type f | sort >/tmp/files.now
check "no file came or went" cmp /tmp/files /tmp/files.now
printf '198.51.100.%s\n' {1..60} | sort >/tmp/ordered
check "nobody is banned whom no order named" [ -z "$(bans | comm -23 - /tmp/ordered)" ]

rm $record
service_start
wait_for 60 "the device is connected" linked
order 0 ban 198.51.100.77
check "and obeys" banned 198.51.100.77
