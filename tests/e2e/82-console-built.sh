#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The console that is served is the one whose sources are here: built anew with the locked packages, elsewhere, it is the
# same to the byte.

. "$(dirname "$0")/lib.sh"
for p in node npm; do command -v $p >/dev/null || skip "needs the program $p"; done
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cp -r "$TOP"/server-stub/console/{package.json,package-lock.json,build.mjs,src} "$work"
(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund) >"$work/log" 2>&1 ||
	skip "npm cannot fetch the console's packages: $(tail -n 1 "$work/log")"
(cd "$work" && node build.mjs) || fail "the console cannot be built"
diff -r "$work/dist" "$TOP/server-stub/console/dist" ||
	fail "server-stub/console/dist is not what its sources make: cd server-stub/console && npm ci --ignore-scripts && npm run build"
ok "the console is what its sources make, to the byte"
