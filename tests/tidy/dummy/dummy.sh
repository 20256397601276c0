#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Adds the dummy sensor (dummy_sensor.c) to a copy of the tree as CONTRIBUTING.md says, and prints a finding when that took
# more than six files, its own included, when a house rule wants more of it, or when what is built with it does not run.
# What was built for the tree is copied, too: a new option and a row in a table change no other object.
#   O=build dummy.sh FOLDER     a new folder to work in
here=$PWD/tests/tidy/dummy
tree=$1/tree
build=$1/build
deps=$(realpath -m "${DEPS:-$O/deps}")
files_max=6
find_out() { echo "dummy-sensor tests/tidy/dummy/dummy.sh $1: $2"; exit 0; }
grep -qx 'CONFIG_AGENT=y' "$O/include/config/auto.conf" || exit 0

mkdir -p "$tree" "$build"
tar -cf - Makefile Kconfig agent proto server-stub ports tests |
	tar -C "$tree" -xf -
(cd "$O" && find . \( -path ./agent -o -path ./proto -o -path ./gen -o -path ./include -o -name .config \) -prune -print |
	tar -cf - -T -) | tar -C "$build" -xf -
: >"$1/before"
cd "$tree" || exit 1

sensor=agent/sensors/dummy
mkdir $sensor
cp "$here/dummy_sensor.c" $sensor/
cat >$sensor/Kconfig <<'KCONFIG'
# SPDX-License-Identifier: Apache-2.0

config SENSOR_DUMMY
	bool
	default y
KCONFIG
cat >$sensor/build.mk <<'MAKE'
# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_DUMMY) += agent/sensors/dummy/dummy_sensor.o
MAKE
sed -i 's|^source "agent/sensors/process/Kconfig"$|&\nsource "agent/sensors/dummy/Kconfig"|' agent/Kconfig
sed -i 's|^const struct sensors_row \*const sensors_rows\[\] = {$|&\n\tIF_ENABLED(CONFIG_SENSOR_DUMMY, (\&dummy_sensor_row,))|' \
	agent/sensors/sensors.c
sed -i 's|^enum sensors_source {$|&\n\tSENSORS_SOURCE_DUMMY = 0xff00,|
	s|^extern const struct sensors_row process_sensor_row;$|extern const struct sensors_row dummy_sensor_row;\n&|' \
	agent/sensors/sensors.h

touched=$(find . -type f -newer "$1/before" | sed 's|^\./||' | sort | tr '\n' ' ')
count=$(echo "$touched" | wc -w)
[ "$count" -le $files_max ] || find_out files "$count files, at most $files_max: $touched"

# Its tree keeps the rules without a line for it anywhere else.
O=$build tests/tidy/tidy.sh layers include_circles build_lines agreement sensor_touch auth_event >"$1/tidy" ||
	find_out rules "$(head -n 1 "$1/tidy")"

set -- "$1" MAKEFLAGS= "${MAKE:-make}" -s --no-print-directory "O=$build" "DEPS=$deps" LTO=n LDFLAGS=-fno-lto # which is quicker
work=$1; shift
env "$@" "$build/include/generated/autoconf.h" "$build/.flags" >"$work/log" 2>&1 || find_out configure "$(tail -n 1 "$work/log")"
rm -f "$build/agent/sensors/sensors.o"
find "$build" -name '*.o' -exec touch {} +
env "$@" "$build/caltrop-core" >"$work/log" 2>&1 || find_out build "$(grep -m 1 error "$work/log" || tail -n 1 "$work/log")"
# shellcheck disable=SC2046,SC2086 # lists
$CC -std=c11 -D_GNU_SOURCE -I. -I"$build/gen" -include "$build/include/generated/autoconf.h" -include agent/base/kconfig.h \
	$HEADER_FLAGS -o "$work/run" "$here/run.c" -Wl,--start-group "$build"/lib*.a -Wl,--end-group \
	$(pkg-config --libs libuv libprotobuf-c) -lmbedtls -lmbedx509 -lmbedcrypto -lzstd >"$work/log" 2>&1 ||
	find_out link "$(grep -m 1 error "$work/log" || tail -n 1 "$work/log")"
"$work/run" >"$work/log" 2>&1 || find_out run "$(tail -n 1 "$work/log")"
