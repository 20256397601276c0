#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Downloads Debian packages and unpacks them into DIR, installing nothing: fetch.sh DIR PACKAGE...
# APT_OPTIONS may name another apt configuration, as the cross builds do.
set -eu
dir=$1
shift
mkdir -p "$dir/.debs"
dir=$(cd "$dir" && pwd)
cd "$dir/.debs"
for package; do
	[ -e "$package.done" ] && continue
	# shellcheck disable=SC2086 # options
	apt-get ${APT_OPTIONS:-} -q -o APT::Sandbox::User=root download "$package" </dev/null >/dev/null
	for deb in *.deb; do
		dpkg -x "$deb" "$dir"
		rm "$deb"
	done
	: >"$package.done"
done
