#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Operators come, change roles and go, and no fleet is left without an admin who can log in.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
service_start; desk_login

# as NAME COMMAND...: another operator at the same desk. Their first login replaces the password of /tmp/NAME.
as() { local name=$1; shift; desk "$@" --context "$name"; }
first_login()
{
	echo "the-own-password-of-$1" >/tmp/$1.own
	desk login --context "$1" --server https://localhost:8444 --ca $SERVICE/ca.pem --user "$1" \
		--password-file /tmp/$1 --new-password-file /tmp/$1.own >/tmp/said 2>&1
}
login()
{
	desk login --context "$1" --server https://localhost:8444 --ca $SERVICE/ca.pem --user "$1" \
		--password-file "$2" >/tmp/said 2>&1
}
state_of() { desk user list --json | jq -r ".items[] | select(.name == \"$1\") | .role + \" \" + .state"; }

desk token create >/dev/full 2>/tmp/said; is_code 1 "a token that cannot be shown again does not get lost in silence"
desk user add ada --role responder >/tmp/ada 2>/tmp/said; is_code 0 "an operator is let in"
check "with a password and no more on standard output" [ "$(wc -l </tmp/ada)" = 1 ]
check "who has not set the own one yet" [ "$(state_of ada)" = "responder one-time" ]
desk user add ada --role viewer >/tmp/said 2>&1; is_code 7 "a name is given once"
desk user add eve --role root >/tmp/said 2>&1; is_code not-0 "there is no such role"
check "which is said" has_line /tmp/said 'A role is viewer, responder, admin or auditor'
desk user add '../x' >/tmp/said 2>&1; is_code not-0 "a name that would mislead is refused"
check "ada logs in" first_login ada
check "and is active" [ "$(state_of ada)" = "responder active" ]
as ada device list >/tmp/said 2>&1; is_code 0 "a responder reads"
as ada user add mallory --role admin >/tmp/said 2>&1; is_code 5 "and lets nobody in"
as ada user list >/tmp/said 2>&1; is_code 5 "nor lists who there is"

as ada session list >/tmp/said; check "ada sees her session" has_line /tmp/said '^[0-9a-f]{12} +ada .* yes$'
check_not "and nobody else's" has_line /tmp/said admin
desk session end "$(desk session list --json | jq -r '.items[] | select(.user == "ada").id')" >/tmp/said 2>&1; is_code 0 "an admin ends it"
as ada session list >/tmp/said 2>&1; is_code 5 "at once"
check "and she logs in again" login ada /tmp/ada.own
desk context list >/tmp/said; check "the desk knows both log-ins" has_line /tmp/said '^ada +https://localhost:8444 +ada +yes$'
desk context remove eve >/tmp/said 2>&1; is_code 4 "a log-in that is not there cannot be forgotten"

desk user disable admin >/tmp/said 2>&1; is_code not-0 "the last admin is not shut out"
check "which is said" has_line /tmp/said 'admin is the last admin who can log in'
desk user role admin viewer >/tmp/said 2>&1; is_code not-0 "nor made a viewer"
desk user role ada admin >/tmp/said 2>&1; is_code 0 "ada becomes an admin"
as ada device list >/tmp/said 2>&1; is_code 5 "and has to log in again"
check "which she does" login ada /tmp/ada.own
as ada user disable admin >/tmp/said 2>&1; is_code 0 "now the other one can be shut out"
desk device list >/tmp/said 2>&1; is_code 5 "at once"
login admin /tmp/second; is_code not-0 "and does not log in"
as ada user disable ada >/tmp/said 2>&1; is_code not-0 "ada is the last one now"
as ada user disable nobody >/tmp/said 2>&1; is_code 4 "nobody is not there"
as ada user reset admin >/tmp/admin 2>/tmp/said; is_code 0 "admin is let in again"
check "by a one-time password" first_login admin
as ada audit list --limit 0 --json >/tmp/audit
check "the audit log has who did what to whom" \
	[ -n "$(jq -r '.items[] | select(.user == "ada" and .action == "user.disable" and .status == 200) | .detail' /tmp/audit | grep '^admin, admin$')" ]
check_not "and no password" grep -qF -e "$(cat /tmp/admin)" -e "$(cat /tmp/ada)" /tmp/audit

# Both forget their passwords.
on fleet caltrop-server admin reset --dir $SERVICE --user ada >/tmp/reset 2>&1
is_code 0 "on the machine itself an admin is let in again, while the service runs"
as ada device list >/tmp/said 2>&1; is_code 5 "who was logged in as ada is not any more"
login ada /tmp/ada.own; is_code not-0 "and the old password is worth nothing"
grep -oP 'password\s+\K\S+' /tmp/reset >/tmp/ada
check "the new one is good" first_login ada
as ada audit list --limit 0 --json >/tmp/audit
check "the audit log has it" \
	[ "$(jq -r '.items[] | select(.action == "admin.reset") | .address + ": " + .detail' /tmp/audit)" = "this machine: ada, admin" ]
on fleet caltrop-server admin reset --dir $SERVICE --user grace >/tmp/reset 2>&1; is_code 0 "and a new one made"
check "who is an admin" [ "$(as ada user list --json | jq -r '.items[] | select(.name == "grace") | .role')" = admin ]
on fleet caltrop-server admin reset --dir /srv/none >/tmp/said 2>&1; is_code not-0 "where no fleet is, that is said"
misused()	# WHAT-IS-SAID COMMAND...
{
	local text=$1; shift
	on fleet caltrop-server "$@" >/tmp/said 2>&1; is_code 2 "a wrong command line of $1"
	check "is said in one line" [ "$(head -n 1 /tmp/said)" = "caltrop-server $1: $text" ]
}
how() { echo "caltrop-server $1 --help tells how"; }
misused "say what to do, 'reset'; $(how admin)" admin
misused "it is 'reset', not 'rest'; $(how admin)" admin rest
misused "unexpected argument 'ada'; $(how admin)" admin reset ada
misused "say where the copy goes, by --to FILE; $(how backup)" backup
misused "unexpected argument '/tmp/x.db'; $(how backup)" backup /tmp/x.db
misused "unrecognized option '--too'" backup --too /tmp/x.db
misused "say which backup, by --from FILE; $(how restore)" restore
misused "say what to do, 'new' or 'use'; $(how authority)" authority
misused "it is 'new' or 'use', not 'old'; $(how authority)" authority old
misused "unexpected argument 'use'; $(how authority)" authority new use
misused "unexpected argument 'x'; $(how run)" run x
misused "unexpected argument 'x'; $(how init)" init x
misused "unexpected argument 'x'; $(how migrate)" migrate x
