#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gives a fresh Debian what the packages need to be built and judged: what `make deb` says is missing, in its own words; a
# language whose letters sort and grow in ways of their own; and numbers of users for those whom root is not to be.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends make dpkg-dev lintian autopkgtest locales uidmap
[ -e /usr/lib/locale/locale-archive ] || localedef -i tr_TR -f UTF-8 tr_TR.UTF-8
grep -qs '^root:' /etc/subuid || echo root:100000:65536 | tee -a /etc/subuid >>/etc/subgid
cd /src
if said=$(NEEDS_ONLY=yes ports/host/deb.sh "$(sed -n 's/^VERSION *:= //p' Makefile)" /tmp/deb 2>&1); then exit 0; fi
echo "$said"
line=$(echo "$said" | sed -n 's/^deb: as root, please: //p')
[ -n "$line" ]
$line -y
