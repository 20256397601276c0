#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The console reads and writes signed orders as the guard does, and reads what devices are given: tests/console/order.mjs and
# objects.mjs, without a browser.

. "$(dirname "$0")/lib.sh"
command -v node >/dev/null || skip "needs the program node"
node "$TOP/tests/console/order.mjs"; rc=$?
[ $rc = 0 ] || fail "the console and the guard differ on orders"
[ -e "$BUILD/caltrop-rules.pack" ] || { ok "and no pack was built"; exit 0; }

work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
echo 'forward: drop' >"$work/old.yml"
cat >"$work/new.yml" <<-'EOF'
	inbound: drop
	log: 10
	networks:
	  local: [192.0.2.0/24, 10.77.0.0/24, "2001:db8::/32"]
	allow:
	  - in: ssh
	    from: local
	  - in: udp/4789
	    from: 10.77.0.2
	  - in: tcp/8000-8010
EOF
"$BUILD/caltrop" policy build "$work/new.yml" -o "$work/policy" >/dev/null || fail "no policy"
"$BUILD/caltrop" policy diff "$work/old.yml" "$work/new.yml" | sed -n 's/^+ //p' >"$work/lines"
sed -n 's/^title: *//p' "$TOP"/agent/rules/pack/*.yml >"$work/titles"
node "$TOP/tests/console/objects.mjs" "$BUILD/caltrop-rules.pack" "$work/titles" "$work/policy" "$work/lines"; rc=$?
[ $rc = 0 ] || fail "the console reads what devices are given in another way than the guard"
