#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Ten minutes (CHAOS_SECONDS) of what a bad machine does: the guard's halves and its service are killed, ended and started
# while sources fail and operators ban, isolate and release the device; disks fill, the guard's files are damaged, cut short
# or lost, and somebody empties the firewall. Each time it is left alone for a moment, what the core shows, what the actor's
# ledger holds and what the kernel does are the same; who failed four times is not banned; who failed five times is, but for
# what damage explains; every order has one end, which is what the kernel has; and the next one is banned.
#   SEED=n tests/e2e/chaos.sh    the same choices again, though not the same moments

. "$(dirname "$0")/lib.sh"
export ASAN_OPTIONS=detect_leaks=0	# whose look for leaks at the end the filters of both processes forbid
world_enter "$@"
[ ! -x "$BUILD/san/caltropd" ] || cp "$BUILD"/san/{caltropd,caltrop-core} /run/world/bin/	# the guard alone
needs caltropd caltrop-core caltrop caltrop-server
cast; log_new
mkdir -p $STATE $SERVICE
mount -t tmpfs -o size=4m,mode=755 small $STATE && chown caltrop: $STATE || skip "cannot mount"
mount -t tmpfs -o size=24m,mode=700 small $SERVICE || skip "cannot mount"
guard_conf <<-EOF
	ban_time = 1d
	confirm_time = 20s
	[spool]
	size = 1M
	[rule.brute_force]
	count = 5
	ban_time = 1d
	[rule.spraying]
	enabled = no
EOF
RANDOM=${SEED:=$((10#${EPOCHREALTIME#*.} % 32768))}; echo "SEED=$SEED"
export SEED

# The fleet, before its service begins to be killed.
fleet_start
stop guard; stop server

# An init system, which starts the guard and the service again when they end. `down` has the guard's wait, `up` go on.
serve() { while :; do on fleet caltrop-server run --dir $SERVICE >>/var/log/world/server 2>&1; sleep 0.2; done; }
serve 2>/dev/null & SERVE=$!
init() { while :; do [ -e /run/down ] || on device caltropd -c $CONF >>/var/log/world/guard 2>&1; sleep 0.05; done; }
guard_of() { pgrep -x "$1"; }
gone() { ! guard_of caltropd && ! guard_of caltrop-core; }
down() { : >/run/down; pkill -"${1:-TERM}" -x caltropd; wait_for 20 "the guard ends" gone; }
up() { rm -f /run/down; }
init 2>/dev/null & INIT=$!

# Who failed five times is to be banned, until it is lifted; nobody else is. Every third source is one of IPv6, whose
# network is banned.
five=/run/five lifted=/run/lifted effects=/tmp/effects; : >$five; : >$lifted; : >$effects
sources=0; : >/tmp/orders; : >/tmp/core; : >/tmp/kernel; : >/tmp/before
fresh()
{
	sources=$((sources + 1)) addr=198.18.$((sources / 250)).$((sources % 250 + 1)) net=$addr
	[ $((sources % 3)) = 0 ] || return 0
	printf -v net 2001:db8:%x:%x::/64 $((sources / 250 + 1)) $((sources % 250 + 1))
	addr=${net%/64}$((RANDOM % 9 + 1))
}
fails() { local i; for ((i = 0; i < $1; i++)); do log_failure $addr; done; }	# N
attack() { local i; for ((i = RANDOM % 8; i >= 0; i--)); do fresh; fails 5; echo $net >>$five; done; }
nearly() { local i; for ((i = RANDOM % 4; i >= 0; i--)); do fresh; fails 4; done; }

# elements SET [PREFIX]: what the kernel's set holds.
elements() { on device nft -j list set inet caltrop $1 2>/dev/null | jq -r ".nftables[].set.elem // [] | .[].elem.val + \"${2-}\""; }
in_kernel() { { elements ban4; elements ban6_64 /64; } | sort; }
in_core() { on device caltrop local bans --json | jq -r '.items[] | select(.state == "in_force").addr' | sort; }

# What is done to the guard. `damaged` is set where something may be lost since the last look.
# choose COMMAND...: one of the lines that it prints, into $chosen. (A subshell would have numbers of its own.)
choose() { local lines; mapfile -t lines < <("$@"); chosen=${lines[RANDOM % (${#lines[@]} + (${#lines[@]} == 0))]-}; }
# Who the device is and whom it trusts is not damaged here: without that it is another device.
files() { find $STATE -type f -size +0 ! -name ballast ! -name '*.lock' ! -path '*/identity/*' ! -path '*/trust/*' | sort; }
damage()
{
	local at; choose files
	[ "$chosen" ] && at=$(((RANDOM * 32768 + RANDOM) % $(stat -c %s "$chosen"))) || return 0
	damaged="$damaged ${chosen#$STATE/}"
	case $((RANDOM % 5)) in
	0) printf "\\x$(printf %x $((RANDOM % 256)))" | dd of="$chosen" bs=1 seek=$at conv=notrunc ;;
	1) truncate -s $at "$chosen" ;;
	2) head -c 512 /dev/zero | dd of="$chosen" bs=1 seek=$at conv=notrunc ;;
	3) rm -f "$chosen" ;;
	4) head -c 100 /dev/urandom >>"$chosen" ;;
	esac 2>/dev/null
	return 0	# the guard may have removed it meanwhile
}
fill() { cat /dev/zero >$STATE/ballast 2>/dev/null; damaged="$damaged full-disk"; }
unfill() { rm -f $STATE/ballast $SERVICE/ballast; }
lift()
{
	choose in_core
	[ "$chosen" ] && on device caltrop local unban "$chosen" >/dev/null 2>&1 || return 0
	echo "$chosen" >>$lifted; sed -i "\\|^$chosen\$|d" $five
}
# What operators do. An order that the service does not take is none; one that it took is in its list.
push() { timeout 10 on fleet caltrop order push "$@" --device device >/dev/null 2>&1 || true; }
order_ban() { fresh; [ "$net" = $addr ] || addr=198.19.$((sources / 250)).$((sources % 250 + 1)); push ban $addr --for 1d; }

one_thing()
{
	case $((RANDOM % 22)) in
	0 | 1 | 2) what=attack; attack ;;
	3) what=nearly; nearly ;;
	4) what=kill-core; pkill -KILL -x caltrop-core ;;
	5) what=kill-actor; pkill -KILL -x caltropd ;;
	6) what=restart; down; up ;;
	7) what=away; down KILL; attack; nearly; up ;;
	8) what=reload; pkill -HUP -x caltropd ;;
	9) what=flush; on device nft flush ruleset ;;
	10) what=full; fill ;;
	11) what=room; unfill ;;
	12) what=damage; damage ;;
	13) what=damage-away; [ $((RANDOM % 2)) = 0 ] && down || down KILL; damage; up ;;
	14) what=lift; lift ;;
	15 | 16) what=order-ban; order_ban ;;
	17) what=isolate; push isolate allow=$OPERATOR ;;
	18) what=release; push release ;;
	19) what=kill-service; pkill -KILL -x caltrop-server ;;
	20) what=end-service; pkill -TERM -o -x caltrop-server ;;
	21) what=full-service; cat /dev/zero >$SERVICE/ballast 2>/dev/null ;;
	esac
	done_now="$done_now $what"
	sleep 0.$((RANDOM % 4))
}

# The looks, after which all is as it should be. An isolation is one that the ledger has, and the kernel; the device may
# have released itself, but then it has said so.
ledger_isolates() { on device caltrop local effects --json >$effects && jq -e '.items[] | select(.verb == "isolate")' $effects >/dev/null; }
kernel_isolates() { on device nft list table inet caltrop_isolate >/tmp/table 2>/dev/null && ! grep -q 'flags dormant' /tmp/table; }
isolated() { if kernel_isolates; then echo yes; else echo no; fi; }
same_isolation() { if ledger_isolates; then kernel_isolates; else [ -s $effects ] && ! kernel_isolates; fi; }
same() { in_core >/tmp/core && in_kernel >/tmp/kernel && cmp -s /tmp/core /tmp/kernel && same_isolation; }
releases() { lines_of /var/log/world/guard '(isolate reverted|release done)' || true; }
# Orders: "STATE ADDRESS" of each ban.
orders() { desk order list --limit 0 --json >/tmp/orders 2>/dev/null; }
of_bans() { jq -r '.items[] | select(.detail | startswith("ban ")) | "\(.summary | to_entries | map(select(.key != "targets" and .value > 0).key) | first) \(.detail | split(" ")[1])"' /tmp/orders; }
ordered() { of_bans | sed -n 's/^done //p'; }
none_waits() { orders && [ "$(jq '[.items[].summary | (.pending // 0) + (.sent // 0) + (.seen // 0)] | add // 0' /tmp/orders)" = 0 ]; }
# The device asks for its service again in half a minute; a reload has it ask at once.
meets() { linked || { pkill -HUP -x caltropd; sleep 1; linked; }; }
as_before() { in_kernel >/tmp/kernel && cmp -s /tmp/before /tmp/kernel; }
# Damage may bring back a ban that was lifted, also rounds ago: the journal has both records until it is written anew.
strangers() { sort -u $five $([ -z "$damaged" ] || echo $lifted) | comm -13 - /tmp/kernel; }
lost() { sort $five | comm -23 - /tmp/kernel; }
none_lost() { same && [ -z "$(lost)" ]; }
why() { echo "round $round (SEED=$SEED):$done_now; damaged:${damaged:- nothing}; core and kernel: $(diff /tmp/core /tmp/kernel | head -n 5 | xargs), before and after: $(diff /tmp/before /tmp/kernel | head -n 5 | xargs), not banned: $(lost | xargs), isolated: $(isolated), effects: $(tr -d ' \n' <$effects | head -c 200), orders: $(jq -c '[.items[].summary]' /tmp/orders | head -c 300)"; }
look()
{
	unfill; up
	wait_for 10 "the guard answers; $(why)" guard_ready
	# A receipt that is lost in a damaged spool is asked for anew on the next link, not on this one.
	[ -z "$damaged" ] || pkill -KILL -x caltrop-core || true
	wait_for 20 "the device is connected; $(why)" meets
	wait_for 20 "each order has its end; $(why)" none_waits
	# What was ordered and done before it was lifted, or before damage, may be gone.
	if [ "$damaged" ]; then of_bans | sed 's/.* //' >>$lifted; else ordered | grep -vxFf $settled | grep -vxFf $lifted >>$five || true; fi
	of_bans | sed 's/.* //' >$settled
	fresh; fails 5; wait_for 10 "the next one is banned; $(why)" banned $net; echo $net >>$five
	if [ "$damaged" ]; then until_true 3 none_lost || true; else wait_for 10 "all are banned; $(why)" none_lost; fi
	wait_for 10 "core and kernel are the same; $(why)" same
	[ -z "$(strangers)" ] || fail "$(strangers | xargs) banned; $(why)"
	gave_up=$((gave_up + $(lost | wc -l)))
	cp /tmp/kernel $five; cp /tmp/kernel /tmp/before
	# A journal that was damaged meanwhile is mended at the next start. Then the ledger gives the kernel what it holds: of
	# the actor that runs, and of one that begins with the journal alone.
	[ -z "$damaged" ] || { down; up; wait_for 20 "core and kernel are the same after a start; $(why)" same; }
	was=$(isolated) released=$(releases)
	case $((round % 2)) in
	0) on device nft flush ruleset ;;
	1) down; on device nft flush ruleset; up ;;
	esac
	until_true 40 as_before || fail "the ledger is not what the kernel had; $(why)"
	wait_for 10 "core and kernel are the same again; $(why)" same
	[ "$was" = "$(isolated)" ] || { [ $was = yes ] && [ "$(releases)" -gt "$released" ]; } ||
		fail "the isolation is not what it was ($was); $(why)"
	isolations=$((isolations + ($(isolated | grep -c yes))))
}

settled=/run/settled isolations=0; : >$settled
gave_up=0 round=0 end=$(($(now_ms) + ${CHAOS_SECONDS:-600} * 1000))
wait_for 10 "the guard answers" guard_ready
while [ "$(now_ms)" -lt $end ]; do
	round=$((round + 1)) damaged= done_now=
	for ((k = RANDOM % 8 + 1; k > 0; k--)); do one_thing; done
	look
	echo "$round:$done_now;${damaged:+ damaged:$damaged;} $(wc -l </tmp/kernel) banned"
done
ok "$round rounds, $sources sources, $gave_up bans lost by damage, $(jq '.items | length' /tmp/orders) orders, isolated after $isolations rounds"
kill $INIT $SERVE; pkill -TERM -x caltrop-server; down
