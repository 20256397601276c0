#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the guard says of itself and what the service says of it are one language: the same names, times, severities and
# lists in the JSON of both. A filter that names nothing is an error, and what fits twice is named.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
needs caltropd caltrop-core caltrop caltrop-server
cast; log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 3
EOF
fleet_start
for i in 1 2 3; do log_failure $ATTACKER1; done
wait_for 5 "a ban" banned $ATTACKER1

here() { on device caltrop local "$1" -c $CONF --json; }
has_one() { [ "$(desk "$1" list --json | jq '.items | length')" = 1 ]; }
wait_for 10 "the service knows of the incident" has_one incident
wait_for 10 "and of the ban" has_one ban
both() { local what=$1 jq=$2; [ "$(here "${what}s" | jq -c ".items[0] | $jq")" = "$(desk $what list --json | jq -c ".items[0] | $jq")" ]; }
wait_for 5 "both count the same" both incident .count
for key in id rule title severity src user service count first last subject_kind subject; do
	check "an incident's $key is the same here and there: $(here incidents | jq -c ".items[0].$key")" both incident .$key
done
for key in addr rule; do
	check "so is a ban's $key: $(here bans | jq -c ".items[0].$key")" both ban .$key
done
is_time() { jq -e ".items[0].$1 | test(\"^20[0-9-]{8}T[0-9:]{8}[.][0-9]{6}Z\$\")" >/dev/null; }
check "a ban ends at a time" eval 'here bans | is_time expires'
check "in the fleet, too" eval 'desk ban list --json | is_time expires'
health() { desk event list --kind health --limit 1 --json | jq -c '.items[0].health | [(.problems | type), (.counters[0] | keys)]'; }
check "problems and counters have one form" [ "$(here health | jq -c '[(.problems | type), (.counters[0] | keys)]')" = "$(health)" ]

# wrong CODE TEXT COMMAND...
wrong() { local code=$1 text=$2; shift 2; desk "$@" >/tmp/said 2>&1; is_code "$code" "$*"; check "  says why" has_line /tmp/said "$text"; }
wrong 4 'No device is in a group camras' device list --group camras
wrong 2 '^usage: caltrop local policy COMMAND' local policy
wrong 2 "'local policy frobnicate' is no command; .caltrop local policy --help. lists them" local policy frobnicate
wrong 2 "'--frob' is no command" --frob
wrong 2 'there is one argument too many' local status more
wrong 2 'an argument is missing' local explain
wrong 2 "does not take '2y'; write a time from 1s on, as 90s, 15m, 24h or 7d" token create --ttl 2y
wrong 2 '--since wants a time as .*, or a span as 7d' event list --since yesterday
wrong 2 '--until wants a time' event follow --until 2026-11-28
wrong 4 'No device is in a group camras' event list --group camras
wrong 2 '--expires has to be less than 30d' order push ban 198.51.100.7 --all --expires 30d
wrong 2 'approved' device list --state aproved
wrong 2 'closed' incident list --state opn
wrong 2 "'198.51.100.300' is no address" ban list --address 198.51.100.300
wrong 4 'no device gatway' event list --device gatway
wrong 2 'outcome' event list --outcome sucess
on device caltrop local table listners -c $CONF >/tmp/said 2>&1; is_code 2 "local table listners"

said=$(desk token revoke "$(desk token list --json | jq -r '.items[0].id')"); check "success is said: $said" [ -n "$said" ]
said=$(on fleet caltrop-server backup --dir $SERVICE --to /tmp/copy.db); check "of a backup, too: $said" [ -n "$said" ]
said=$(desk logout); check "and at the end: $said" [ -n "$said" ]
