#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A packet-filter policy in force and read back, beside one bare round trip to nf_tables (policy.c), as often as POLICIES says.
#   POLICIES=1000 policy.sh     rows "policy WHAT VALUE us"
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
own=${BENCHES_OWN:-$build/tests/bench}
[ -x "$own/policy" ] || { echo "skip: this guard has no policies"; exit 77; }
exec "$own/policy" "${POLICIES:-1000}"
