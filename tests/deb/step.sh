#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One step of check.sh, inside the system that builds: /src is the sources, /build receives.
set -eu
first=/build/first/deb

case $1 in
build)
	cd /src
	ports/host/deb.sh "$(sed -n 's/^VERSION *:= //p' Makefile)" $first
	;;
lintian)
	lintian --allow-root --fail-on error,warning --info $first/caltrop_*.changes
	;;
null)
	rm -rf /build/null
	autopkgtest --output-dir /build/null $first/caltrop_*.changes -- null
	;;
unshare) # in a system of its own, by whom the kernel does not take for root
	rm -rf /build/unshare
	autopkgtest --output-dir /build/unshare $first/caltrop_*.changes -- unshare --tarball /build/bare.tar
	;;
*) exit 64 ;;
esac
