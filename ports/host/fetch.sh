#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Downloads Debian packages and unpacks them into DIR, installing nothing: fetch.sh DIR PACKAGE...
# APT_OPTIONS may name another apt configuration, as the cross builds do.
set -eu
mkdir -p "$1/.debs"
cd "$1/.debs"
shift
for package; do
	shift
	[ -e "$package.done" ] || set -- "$@" "$package"
done
[ $# -gt 0 ] || exit 0
# shellcheck disable=SC2086 # options
apt-get ${APT_OPTIONS:-} -q -o APT::Sandbox::User=root download "$@" </dev/null >/dev/null
for deb in *.deb; do
	dpkg -x "$deb" ..
	rm "$deb"
done
for package; do
	: >"$package.done"
done
