#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes what the firmware builders' files have of Kconfig: feeds.sh [DIR], below DIR instead of ports.
set -eu
cd "$(dirname "$0")/../.."
to=${1:-ports}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

options() { # options FILE OF DIR, PORT, AWK ARGUMENTS...
	file=$to/$1
	table=ports/$2/options
	shift 2
	mkdir -p "$(dirname "$file")"
	awk -v top=. -v "table=$table" "$@" -f ports/host/feeds.awk >"$tmp/out"
	cmp -s "$tmp/out" "$file" || cp "$tmp/out" "$file"
}

awk -v mode=config -v top=. -v user=ports/linux/configs/default_defconfig -f ports/host/kconf.awk >"$tmp/default"
options openwrt/net/caltrop/Config.in openwrt -v style=kconfig -v width=72 -v prefix=CALTROP_
options buildroot/package/caltrop/Config.options.in buildroot -v style=kconfig -v width=62 \
	-v prefix=BR2_PACKAGE_CALTROP_
options yocto/recipes-security/caltrop/caltrop-options.inc yocto -v style=yocto -v "config=$tmp/default"
