# SPDX-License-Identifier: Apache-2.0
# Stands for OpenWrt's rules.mk and package.mk: enough of them to show what a Makefile of a package says, and to do what
# it does. STUB is where its folders are.
INCLUDE_DIR         := $(STUB_HERE)
BUILD_DIR           := $(STUB)/build_dir
STAGING_DIR_HOSTPKG := $(STUB)/hostpkg
TARGET_CROSS        := mips-openwrt-linux-musl-
TAR                 := tar
CP                  := cp -fpR
INSTALL_DIR         := install -d -m0755
INSTALL_BIN         := install -m0755
INSTALL_DATA        := install -m0644
INSTALL_CONF        := install -m0600
BUILD_VARIANT       ?= full
PKG_INSTALL_DIR      = $(STUB)/installed
