#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sees to it that the packages of the named uses are there: deps.sh DIR USE...
# As root it installs them, otherwise it prints the line that would. It starts no service, and what only tests
# need of daemons is unpacked by peers.sh, never installed. DIR receives llhttp, which Debian 12 has as sources.
set -eu
here=$(dirname "$0")
dir=$1
shift

if ! command -v dpkg-query >/dev/null; then
	echo 'deps: not a Debian system; README.md lists the libraries that a build needs'
	exit 0
fi

there() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }
known() { apt-cache show "$1" >/dev/null 2>&1; }

as_root() {
	if [ "$(id -u)" = 0 ]; then
		DEBIAN_FRONTEND=noninteractive "$@" </dev/null
	else
		echo "deps: as root, please: $*" >&2
		return 1
	fi
}

refresh() { as_root apt-get -q update; }

# pick A|B prints the one that is installed, or else the first that the archive has.
pick() {
	for p in $(echo "$1" | tr '|' ' '); do
		if there "$p"; then echo "$p"; return; fi
	done
	for p in $(echo "$1" | tr '|' ' '); do
		if known "$p"; then echo "$p"; return; fi
	done
	echo "${1%%|*}"
}

missing() {
	for use; do
		for word in $(sed -n "s/^$use //p" "$here/packages"); do
			p=$(pick "$word")
			there "$p" || echo "$p"
		done
	done
}

wanted=$(missing "$@" | tr '\n' ' ')
if [ -n "$wanted" ]; then
	known libmbedtls-dev || refresh
	wanted=$(missing "$@" | tr '\n' ' ')
	# shellcheck disable=SC2086 # a list
	as_root apt-get -q install -y --no-install-recommends $wanted || {
		refresh
		as_root apt-get -q install -y --no-install-recommends $wanted
	}
fi

llhttp_there() {
	pkg-config --exists libllhttp || [ -f /usr/share/llhttp/llhttp.c ] || [ -f "$dir/llhttp/usr/share/llhttp/llhttp.c" ]
}

if ! llhttp_there; then
	known node-llhttp || known libllhttp-dev || refresh
	if known libllhttp-dev; then
		as_root apt-get -q install -y --no-install-recommends libllhttp-dev
	else
		"$here/fetch.sh" "$dir/llhttp" node-llhttp
	fi
fi
