#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Devices that are known before they join: a file of them is taken whole or not at all, and who brings a device's token
# is that device, with its name, group and labels from the first moment.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
service_start; desk_login; guard_start
count() { desk device list --json | jq '.items | length'; }
import() { desk device import "$@" >/tmp/out 2>/tmp/said; }

# What is wrong is named by its line, all of it at once, and nothing is imported.
printf 'name,group,labels\ncamera-1,cameras,site=lab\n-x,cameras,\ncamera-1,cameras,\ncamera-2\n' >/tmp/bad.csv
import /tmp/bad.csv; is_code 2 "a file with wrong lines is refused"
check "the first one is named" has_line /tmp/said "^/tmp/bad.csv:3: a device's name is of letters"
check "the second one is" has_line /tmp/said '^/tmp/bad.csv:4: line 2 has the name camera-1 already'
check "the third one is" has_line /tmp/said '^/tmp/bad.csv:5: it has fewer values'
check "nothing was imported" [ "$(count)" = 0 ]
desk device import /tmp/bad.csv --json >/tmp/out 2>/tmp/said; is_code 2 "for programs, too"
check "as JSON" [ "$(jq -c '[.lines[].line]' /tmp/out)" = '[3,4,5]' ]
printf 'name;group\na;b\n' >/tmp/other.csv
import /tmp/other.csv; is_code 2 "a file of another form is refused"
check "and told from one" has_line /tmp/said "/tmp/other.csv:1: 'name;group' is no column"
head -c 70000 /dev/zero | tr '\0' a >/tmp/big.csv
import /tmp/big.csv; is_code 1 "a file that is too big is refused"
printf 'name\nca\0mera\n' >/tmp/nul.csv
import /tmp/nul.csv; is_code 1 "one with a NUL byte is"
check "and told from text" has_line /tmp/said '/tmp/nul.csv is not text in UTF-8'
import /tmp/bad.csv --ttl 400d; is_code 2 "no token is good for longer than a year"
check "which is said" has_line /tmp/said '--ttl is at most 365d'
import /tmp/no-such.csv; is_code 1 "and one that is not there"
{ echo name; seq -f 'd%.0f' 1001; } >/tmp/many.csv
import /tmp/many.csv; is_code 2 "more than a thousand devices are"
check "which is said" has_line /tmp/said '/tmp/many.csv:1002: there are more than 1000 devices'
ok "what is wrong with a file is named by its lines"

# A token that lies in a device already, and one that is made.
desk token create --ttl 2h >/tmp/have
printf 'name,group,labels,token\ncamera-1,cameras,site=lab spare,\ncamera-2,cameras,,%s\n' "$(cat /tmp/have)" >/tmp/good.csv
import /tmp/good.csv --dry-run; is_code 0 "a dry run of a good file"
check "says how many" has_line /tmp/out '2 devices can be imported'
check "and imports nothing" [ "$(count)" = 0 ]
import /tmp/good.csv; is_code 0 "the file is imported"
check "a token is made for the first" grep -Eq '^camera-1,[0-9a-f]{32},ct1\.' /tmp/out
check "and none for the one that has one" grep -Eq '^camera-2,[0-9a-f]{32},$' /tmp/out
check "both are expected" [ "$(desk device list --state expected --json | jq '.items | length')" = 2 ]
import /tmp/good.csv; is_code 2 "they are not imported twice"
check "which is said" has_line /tmp/said '/tmp/good.csv:2: another device is found by camera-1 already'
desk device approve camera-1 >/tmp/out 2>/tmp/said; is_code 7 "who has not joined is not approved"
check "nor said to have joined" eval 'desk device show camera-1 | grep -q "^expected since"'
order_none() { desk order push ban 198.51.100.7 --device camera-1 >/tmp/out 2>/tmp/said; }
order_none; is_code 7 "and gets no orders"
check "which is said" has_line /tmp/said 'camera-1 has not joined yet'
ok "devices are known before they join"

import /tmp/good.csv
desk token create --for camera-1 >/tmp/token || fail "no other token for a device that is expected"
id=$(desk device show camera-1 --json | jq -r .id)
on device caltrop enroll -c $CONF --token-file /tmp/token >/tmp/said 2>&1; is_code 0 "the device joins"
is_in() { desk device show camera-1 --json | jq -e 'select(.connected and .state == "approved")'; }
wait_for 10 "it is connected, without an approval" is_in
check "as the one that was expected" [ "$(cat $STATE/trust/device_id)" = "$id" ]
check "it knows its group" grep -qx cameras $STATE/trust/group
check "it has its labels" [ "$(desk device show camera-1 --json | jq -c .labels)" = '["site=lab","spare"]' ]
check "the other one is expected still" [ "$(desk device list --state expected --json | jq -r '.items[].name')" = camera-2 ]
audited() { desk audit list --json | jq -e --arg a "$1" '.items[] | select(.action == $a and (.detail | test("camera-1")))'; }
check "the audit log has the import" audited device.import
check "and the joining" audited device.enroll

# Revoked before it joined: its token is good for nothing.
desk device revoke camera-2 >/tmp/out 2>&1 || fail "a device that is expected cannot be revoked"
on device caltrop enroll -c $CONF --new --token-file /tmp/have >/tmp/said 2>&1
is_code not-0 "a token of before the revocation lets nobody in"
ok "who brings the token of a device is that device"
