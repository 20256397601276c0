#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who a device is, over its life: what a service that has forgotten it may do to it (nothing that lasts).

. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || skip "needs the program sqlite3"
world_enter "$@"
cast
fleet_start
sql() { sqlite3 $SERVICE/caltrop.db "PRAGMA busy_timeout = 5000; $1" | tail -n +2; }
pid=$(guard_pid)

# The registry loses the device; the device goes on asking, and says why it has no link.
stop server
sql "CREATE TABLE kept AS SELECT * FROM device; DELETE FROM device"
service_start
wait_for 60 "health says that the service does not know it" health_says 'not known here'
check_not "it does not take that for a revocation" health_says 'revoked'
sql "INSERT INTO device SELECT * FROM kept; DROP TABLE kept"
wait_for 90 "it is back as soon as the registry is" linked
check "without a start of its own" [ "$(guard_pid)" = "$pid" ]
ok "ignorance is no revocation"
