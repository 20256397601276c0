#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The console reads and writes signed orders as the guard does: tests/console/order.mjs, without a browser.

. "$(dirname "$0")/lib.sh"
command -v node >/dev/null || skip "needs the program node"
node "$TOP/tests/console/order.mjs"; rc=$?
[ $rc = 0 ] || fail "the console and the guard differ on orders"
