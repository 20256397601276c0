#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The service ends in good order: /readyz says so first, streams are told, devices come back by themselves, and nothing
# that was reported meanwhile is lost. What it says is chosen by a level that is read again.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
EOF
fleet_start
SAID=/var/log/world/server
set_conf() # KEY VALUE, of [server]
{
	sed -i "/^$1 *=/d; s/^\[server\]/&\n$1 = $2/" $SERVICE/server.conf
}
reload() { kill -HUP $PID_server; }

# The level counts at the reload, and a bad one is named by its line and changes nothing.
check_not "at first no single call is said" has_line $SAID 'calls device.list'
set_conf log_level debug; reload
is_said() { desk device list >/dev/null; has_line $SAID 'admin calls device.list: 200'; }
wait_for 10 "after a reload each is" is_said
set_conf log_level loud; reload
wait_for 10 "a level that there is not is refused" has_line $SAID 'server.conf, line [0-9]+: log_level: wants one of error'
check "and the one before stays" is_said
set_conf log_level warning; reload
lines() { grep -c 'calls device.list' $SAID; }
is_quiet() { local n=$(lines); desk device list >/dev/null; [ "$(lines)" = "$n" ]; }
wait_for 10 "and back" is_quiet
ok "what is said is chosen by its weight"

# Told to stop, it is not ready but serves; then it tells its streams and ends.
set_conf log_level info; set_conf drain_seconds 20; reload
probe() { on fleet curl -sk -o /tmp/body -w "%{http_code}" https://localhost:8444/$1; }
wait_for 10 "it is ready" eval '[ "$(probe readyz)" = 200 ]'
desk session create drain --role viewer >/tmp/token 2>/tmp/said || fail "no API token"
follow()
{
	on fleet curl -skN -D /tmp/head -H "Authorization: Bearer $(cat /tmp/token)" \
		https://localhost:8444/api/v1/events/stream >/tmp/stream
	echo $? >/tmp/stream.code
}
rm -f /tmp/head /tmp/stream.code; follow &
wait_for 10 "a stream is open" has_line /tmp/head '^content-type: text/event-stream|^Content-Type: text/event-stream'
kill -TERM $PID_server
wait_for 10 "it is told to stop, and not ready" eval '[ "$(probe readyz)" = 503 ]'
check "which is said" has_line /tmp/body 'The service is stopping'
check "it lives" [ "$(probe healthz)" = 200 ]
check "calls are answered" desk device list
check "the device is connected still" linked
for i in 1 2 3 4 5; do log_failure 198.51.100.77; done
wait_for 10 "what devices report is stored" eval 'desk event list --src 198.51.100.77 | grep -q 198.51.100.77'
begun=$SECONDS
kill -TERM $PID_server; wait $PID_server; code=$?
check "a second signal ends it, in good order" [ $code = 0 ]
check "at once" [ $((SECONDS - begun)) -le 15 ]
wait_for 5 "the stream has ended" [ -s /tmp/stream.code ]
check "as a whole answer" [ "$(cat /tmp/stream.code)" = 0 ]
check "with a word" has_line /tmp/stream '^event: stopping'
ok "the service says that it stops, and ends what it began"

# Nothing is lost over it, and the device is back by itself.
for i in 1 2 3 4 5; do log_failure 198.51.100.78; done
set_conf drain_seconds 0
service_start
wait_for 60 "the device is back" linked
wait_for 20 "with what it saw meanwhile" eval 'desk event list --src 198.51.100.78 | grep -q 198.51.100.78'
tries() { desk event list --src "$1" --kind auth --limit 0 --json | jq '[.items[].auth.count] | add'; }
wait_for 20 "each try is there" eval '[ "$(tries 198.51.100.77) $(tries 198.51.100.78)" = "5 5" ]'
check "each of its records once" [ "$(desk event list --limit 0 --json | jq -r '.items[].id' | sort | uniq -d | wc -l)" = 0 ]
begun=$SECONDS; stop server; check "without drain_seconds it ends" [ $? = 0 ]
check "at once" [ $((SECONDS - begun)) -le 10 ]
ok "devices come back by themselves, with all that they have"
