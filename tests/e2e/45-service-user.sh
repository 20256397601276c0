#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guard and service are different users: who has one has not the other's keys. A fleet from the time when they were one
# is handed over when root starts the service, or by `migrate`, as the unit does before it starts it as that user.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
host fleet $FLEET
needs caltrop-server

said() { has_line /var/log/world/server "$1"; }
owners() { find $SERVICE -printf '%u\n' | sort -u; }
user_of_service() { stat -c %U /proc/$PID_server; }
# as USER COMMAND...: with that user's rights and no others.
as() { local user=$1; shift; setpriv --reuid $user --regid $user --clear-groups "$@"; }
# made_once: the fleet as the first version made it.
made_once()
{
	chown -R caltrop:caltrop $SERVICE
	sed -i 's/^user = .*/user = caltrop/' $SERVICE/server.conf
	: >/var/log/world/server
}

service_start
check "a new fleet is of the service's user" [ "$(owners)" = caltrop-server ]
check "which the service runs as" [ "$(user_of_service)" = caltrop-server ]
check_not "the guard's user cannot read its keys" as caltrop cat $SERVICE/order_key.pem
on fleet caltrop-server init --dir /srv/other --name other.example --user caltrop >/tmp/said 2>&1
is_code not-0 "no fleet is made for the guard's user"
check "which is said" has_line /tmp/said "caltrop is the guard's user"
on fleet caltrop-server migrate --dir $SERVICE >/tmp/said 2>&1
is_code 0 "nothing is to be handed over"
stop server

made_once
service_start
check "an old fleet is handed over at the start" [ "$(owners)" = caltrop-server ]
check "and that is said" said "of the guard's user 'caltrop' and is now of 'caltrop-server': [0-9]+ owners changed, and"
check "the service runs as its own user" [ "$(user_of_service)" = caltrop-server ]
desk_login
check "and operators log in as ever" desk device list --json
on fleet caltrop-server migrate --dir $SERVICE >/tmp/said 2>&1
is_code 0 "a running service is not disturbed when nothing is to do"
stop server
: >/var/log/world/server
service_start
check_not "once is enough" said "guard's user"
stop server

# As the unit does: migrate by root, the service by its user.
made_once
as caltrop-server caltrop-server run --dir $SERVICE >/tmp/said 2>&1
is_code not-0 "a service that may not read its fleet ends"
caltrop-server migrate --dir $SERVICE >/tmp/said 2>&1
is_code 0 "root hands it over"
check "and that is said" has_line /tmp/said "is now of 'caltrop-server'"
start server on fleet setpriv --reuid caltrop-server --regid caltrop-server --clear-groups \
	caltrop-server run --dir $SERVICE
wait_for 10 "the service listens" eval 'listens fleet 8443 && listens fleet 8444'
ok "the service's own user serves it"
stop server

# Without such a user nothing is lost, and what to do is said.
made_once
sed -i '/^caltrop-server:/d' /etc/passwd
service_start
check "without that user it serves on, and says what to do" said "Make the user 'caltrop-server'"
