#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Single sign-on in a browser (tests/console/sso.mjs) at a real OpenID provider's page. Its screenshots stay in
# build/results/sso. It needs node, npm and a Chromium of the system; what it takes from npm is locked.

. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
. "$(dirname "$0")/sso.sh"
[ "${WORLD_INSIDE-}" ] || { browser_fetch sso; sso_fetch; }
world_enter "$@"
cast
FACTOR=yes
sso_start
browser_home
on fleet env HOME=/tmp/home SERVICE_CA=$SERVICE/ca.pem node "$TOP/tests/console/sso.mjs" $AT /tmp/shots "$MODULES" >/tmp/walk 2>&1; rc=$?
cat /tmp/walk
browser_shots
[ $rc = 0 ] || fail "the browser's walk ended with $rc"
