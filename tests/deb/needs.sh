#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gives a fresh Debian all that the packages depend on, and none of them: needs.sh FOLDER OF THEM
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends systemd dbus nftables iproute2
apt-get -q install -y --no-install-recommends "$1"/caltrop-guard_*.deb "$1"/caltrop-server_*.deb "$1"/caltrop_*.deb \
	"$1"/caltrop-doc_*.deb
apt-get -q purge -y caltrop-guard caltrop-server caltrop caltrop-doc
userdel caltrop
userdel caltrop-server
cp /src/tests/deb/caltrop-life.service /etc/systemd/system/
