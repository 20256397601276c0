#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Connections that only take places keep no operator out of the API, whether they come from this machine or from a few
# addresses; who is signed in stays.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
service_start; desk_login
stop server
printf '[api]\nlisten = [::]:8444\n' >>$SERVICE/server.conf
service_start

# crowd HOST ADDRESS NUMBER: so many connections that say nothing, opened again as they are closed.
crowd()
{
	start crowd_$1 on $1 bash -c 'ulimit -n 1024; n=0
		while :; do
			for ((i = 0; i < $2; i++)); do
				[ -e /proc/self/fd/$((i + 100)) ] && eval "read -t 0 <&$((i + 100))" || continue
				eval "exec $((i + 100))>&-"
			done
			for ((i = 0; i < $2; i++)); do
				[ -e /proc/self/fd/$((i + 100)) ] || eval "exec $((i + 100))<>/dev/tcp/$1/8444" || exit 1
			done
			touch /tmp/crowd_is_there.$HOSTNAME.$$; sleep 0.5
		done' - "$2" "$3"
}
# places: how many connections the service has; those that still wait in the kernel's queue have no owner.
places() { on fleet ss -Htnp state established 'sport = :8444' | grep -c caltrop-server; }
held() { [ "$(places)" -ge "$1" ]; }

follows() { on fleet curl -sS --cacert $SERVICE/ca.pem https://localhost:8444/metrics | grep -qx "caltrop_http_streams_total 1"; }

start follower desk event follow --json
wait_for 10 "somebody is signed in and follows events" follows
for h in device operator attacker1 attacker2; do crowd $h $FLEET 200; done
crowd fleet 127.0.0.1 200
wait_for 10 "they have all the places" held 200
for i in 1 2 3 4 5; do
	desk device list --json >/tmp/said 2>&1; is_code 0 "the operator is served, $i"
done
# Who is not signed in yet has a stranger's place, and may lose it to the crowd: then one tries again.
logs_in()
{
	desk login --context again --server https://localhost:8444 --ca $SERVICE/ca.pem --user admin \
		--password-file /tmp/second >/tmp/said 2>&1
}
wait_for 30 "and logs in" logs_in
check "who followed events still does" kill -0 $PID_follower
check "places for strangers are few" [ "$(places)" -le 270 ]
