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
same) # from the source package, by another user, in another folder, zone, locale and umask, with another number of jobs
	another=/build/another/name
	rm -rf /build/another
	mkdir -p $another
	cp $first/caltrop_*.orig.tar.gz $another/
	dpkg-source --no-check -x $first/caltrop_*.dsc $another/tree
	chown -R nobody:nogroup /build/another
	cd $another/tree
	umask 027
	setpriv --reuid=nobody --regid=nogroup --clear-groups env -i PATH="$PATH" HOME=/tmp TZ=CHAST-12:45 LC_ALL=tr_TR.UTF-8 \
		DEB_BUILD_OPTIONS='parallel=3 nocheck' dpkg-buildpackage -us -uc >../log 2>&1 </dev/null ||
		{ tail -n 20 ../log; exit 1; }
	cd $first
	for package in caltrop*.deb caltrop*.tar.* caltrop*.dsc; do
		cmp "$package" $another/"$package"
		echo "$package is the same twice"
	done
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
