# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # MODULES and the shots are the scripts' own
# For scripts with a Chromium of the system in them: it needs node and npm, and what it takes from npm is locked.

MODULES=$BUILD/console-test	# a world has the build folder

# browser_fetch NAME: outside of the world. What the world puts to /tmp/shots can be handed out by browser_shots, to
# build/results/NAME.
browser_fetch()
{
	local p
	for p in node npm chromium; do command -v $p >/dev/null || skip "needs the program $p"; done
	mkdir -p "$MODULES"
	cp "$TOP"/tests/console/package*.json "$MODULES"
	[ -d "$MODULES/node_modules/axe-core" ] ||
		(cd "$MODULES" && npm ci --ignore-scripts --no-audit --no-fund) >"$MODULES/log" 2>&1 ||
		skip "npm cannot fetch playwright-core and axe-core: $(tail -n 1 "$MODULES/log")"
	# What the world makes goes with it, but for what it says here.
	rm -rf "$BUILD/results/$1"; mkdir -p "$BUILD/results/$1"
	exec 9> >(tar -xf - -C "$BUILD/results/$1" 2>/dev/null)
}

browser_shots() { [ ! -d /tmp/shots ] || tar -cf - -C /tmp/shots . >&9; }

# browser_home: fonts, and a home for the browser, in the world.
browser_home()
{
	mkdir -p /etc/fonts /tmp/home
	echo '<fontconfig><dir>/usr/share/fonts</dir><alias><family>system-ui</family><prefer><family>DejaVu Sans</family></prefer></alias><cachedir>/tmp/fonts</cachedir></fontconfig>' >/etc/fonts/fonts.conf
}
