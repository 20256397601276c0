#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The service of one device's fleet, in a network of its own: service.sh FOLDER CONSOLE COMMAND...
# It makes the fleet, puts a token on the device's disk, FOLDER/disk, and starts the emulator, COMMAND, whose guest reaches
# this network's loopback as 10.0.2.2. Orders go out as the device asks for them on its console. What they come to is lines
# `ok: ` and `FAIL: ` in FOLDER/service.log. caltrop and caltrop-server of this machine's build are in the PATH.
set -u
folder=$1 console=$2
shift 2
fleet=$folder/fleet
log=$folder/service.log
export HOME="$folder/desk"

say() { echo "$*" >>"$log"; }
fail()
{
	say "FAIL: $*"
	[ -z "${emulator:-}" ] || kill "$emulator"
	exit 1
}
# soon COMMAND...: true within ten minutes, if the emulator lives so long.
soon()
{
	left=1200
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] && kill -0 "${emulator:-$$}" || return 1
		sleep 0.5
	done
}
listens() { ss -Hltn "sport = $1" | grep -q .; }
asks() { grep -q "^asks for: $1" "$console"; }

# order VERB [PARAMETER]...: pushed, and its receipt says that it was done and read back.
order()
{
	soon asks "$1" || fail "the device never asked for $1"
	caltrop order push "$@" --device device --wait --timeout 10m --json >"$folder/order" 2>&1 || {
		tail -n 5 "$folder/order" >>"$log"
		fail "the order $1"
	}
	grep -qE '"verified": ?true' "$folder/order" || fail "nobody read back what came of $1"
	say "ok: the service has a receipt of $1, done and read back"
}

rm -rf "$fleet" "$HOME" "$folder/start"
mkdir -p "$HOME" "$folder/start"
: >"$log"
: >"$console"
ip link set lo up
caltrop-server init --dir "$fleet" --name fleet.example --key-dir "$HOME/keys" --escrow-dir "$HOME/keys" \
	>"$folder/init" 2>&1 </dev/null || fail "no fleet: $(tail -n 1 "$folder/init")"
sed -i 's/^\[api\]$/&\nsecond_factor = no/' "$fleet/server.conf"
caltrop-server run --dir "$fleet" >"$folder/run" 2>&1 &
service=$!
trap 'kill $service' EXIT
soon listens 8444 || fail "the service does not listen: $(tail -n 1 "$folder/run")"
grep -oiP 'password:?\s+\K\S+' "$folder/init" | head -n 1 >"$HOME/first"
echo a-new-password-for-the-admin >"$HOME/second"
caltrop login --server https://localhost:8444 --ca "$fleet/ca.pem" --user admin --password-file "$HOME/first" \
	--new-password-file "$HOME/second" >>"$folder/run" 2>&1 || fail "no operator"
caltrop token create >"$folder/start/token" || fail "no token"
mke2fs -q -t ext4 -d "$folder/start" "$folder/disk" || fail "no disk"

"$@" &
emulator=$!
order isolate
order release
order reset admin
# The last one is only asked for so that the device knows that the others' receipts have arrived.
order ban 198.51.100.9
wait $emulator
