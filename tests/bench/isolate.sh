#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An isolation in force and read back, beside one bare round trip to nf_tables (isolate.c), as often as ISOLATIONS says.
#   ISOLATIONS=1000 isolate.sh     rows "isolate WHAT VALUE us"
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
own=${BENCHES_OWN:-$build/tests/bench}
[ -x "$own/isolate" ] || { echo "skip: this guard cannot isolate"; exit 77; }
exec "$own/isolate" "${ISOLATIONS:-1000}"
