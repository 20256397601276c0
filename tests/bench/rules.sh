#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What an event costs with 2,000 synthetic rules, beside ten (rules.c).
#   ROUNDS_OF_RULES=50 rules.sh     rows "rules WHAT VALUE ns"
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
exec "${BENCHES_OWN:-$build/tests/bench}/rules" "${ROUNDS_OF_RULES:-50}"
