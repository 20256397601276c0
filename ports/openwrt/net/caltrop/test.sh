#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the feed's own tests run on a target, with the package's name and version.
case "$1" in
caltrop | caltrop-tiny)
	caltropd --version | grep -F "$2" || exit 1
	/usr/libexec/caltrop-core --version | grep -F "$2" || exit 1
	caltrop --version | grep -F "$2" || exit 1
	uci -q export caltrop | awk -f /usr/share/caltrop/uci.awk >/tmp/caltrop.conf || exit 1
	caltropd --check-config -c /tmp/caltrop.conf || exit 1
	;;
luci-app-caltrop) ;;
*)
	echo "there is no test for $1" >&2
	exit 1
	;;
esac
