#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a figure depends on, one "NAME: VALUE" a line. Nothing that names this machine or a place on it.
model=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
. /etc/os-release
echo "Date: $(date -u +%Y-%m-%d)"
echo "Processor: ${model:-$(uname -m)}, $(nproc) cores"
echo "Memory: $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)"
echo "Kernel: Linux $(uname -r | cut -d- -f1)"
echo "System: $PRETTY_NAME"
echo "Compiler: $(${CC:-gcc} --version | head -n 1)"
mbedtls=$(cat /usr/include/mbedtls/version.h /usr/include/mbedtls/build_info.h 2>/dev/null |
	sed -n 's/^#define MBEDTLS_VERSION_STRING  *"\(.*\)"/\1/p' | head -n 1)
echo "Libraries: mbedTLS $mbedtls, libuv $(pkg-config --modversion libuv), protobuf-c $(pkg-config --modversion libprotobuf-c)," \
	"SQLite $(pkg-config --modversion sqlite3)"
echo "Load before the run: $(cut -d' ' -f1 /proc/loadavg) of $(nproc)"
echo "Version: $(sed -n 's/^VERSION *:= *//p' Makefile)"
