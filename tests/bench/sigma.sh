#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a program that begins costs with 10, 248 and 2,000 Sigma rules (sigma.c).
#   ROUNDS_OF_SIGMA=50 sigma.sh     rows "sigma WHAT VALUE ns"
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
exec "${BENCHES_OWN:-$build/tests/bench}/sigma" "${ROUNDS_OF_SIGMA:-50}"
