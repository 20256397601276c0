#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whoever guesses an operator's password gets few tries, also when he makes many at a time, and keeps nobody out: however
# many addresses he has, the right password opens from another one.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
service_start; desk_login

# The fleet's own loopback addresses are as many callers as one likes.
for i in $(seq 2 41); do on fleet ip addr add 127.0.1.$i/32 dev lo; done

# guess FROM USER PASSWORD: the HTTP status of one try.
guess()
{
	on fleet curl -sS -o /dev/null -w '%{http_code}\n' --interface "$1" --cacert $SERVICE/ca.pem --max-time 60 \
		-H 'Content-Type: application/json' -d "{\"user\":\"$2\",\"password\":\"$3\"}" https://localhost:8444/api/v1/login
}
# burst NUMBER FROM USER: so many at a time; their statuses are in /tmp/burst.
burst()
{
	local i pids=()
	: >/tmp/burst
	for i in $(seq "$1"); do guess "$2" "$3" "wrong-$i" >>/tmp/burst & pids+=($!); done
	wait "${pids[@]}"
}

burst 20 127.0.1.2 admin
check "of 20 tries at a time 5 are compared" has_lines /tmp/burst 401 5
check "and 15 told to wait" has_lines /tmp/burst 429 15
burst 20 127.0.1.3 nobody
check "also in the name of nobody" [ "$(lines_of /tmp/burst 401) $(lines_of /tmp/burst 429)" = "5 15" ]
burst 20 127.0.1.2 ada
check "the address waits whatever the name" [ "$(lines_of /tmp/burst 401)" -le 1 ]
check "the right password opens from another address" [ "$(guess 127.0.1.41 admin $ADMIN_PASSWORD)" = 200 ]

# 40 addresses guess as fast as they are let, also while the operator comes.
pids=()
for i in $(seq 2 40); do
	while [ ! -e /tmp/enough ]; do guess 127.0.1.$i admin wrong; done >>/tmp/guesses 2>&1 & pids+=($!)
done
wait_for 20 "they are at it" eval '[ "$(lines_of /tmp/guesses .)" -ge 20 ]'
check "the right password opens while 39 addresses guess" [ "$(guess 127.0.1.41 admin $ADMIN_PASSWORD)" = 200 ]
desk login --context again --server https://localhost:8444 --ca $SERVICE/ca.pem --user admin \
	--password-file /tmp/second >/tmp/said 2>&1
is_code 0 "and the operator logs in"
touch /tmp/enough; wait "${pids[@]}"
check "nobody guessed right" [ "$(lines_of /tmp/guesses 200)" = 0 ]
