# SPDX-License-Identifier: Apache-2.0
# Turns a complete .config into the C header that every source is compiled with.
#   awk -f conf2h.awk .config > autoconf.h
BEGIN { print "/* Written by the build from .config. */" }
/^CONFIG_[A-Z0-9_]+=/ {
	key = $0
	sub(/=.*$/, "", key)
	value = substr($0, length(key) + 2)
	if (value == "y")
		value = 1
	print "#define " key " " value
}
