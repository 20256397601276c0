# SPDX-License-Identifier: Apache-2.0
test-y += tests/unit/apart.o
test-y += tests/unit/counters.o
test-y += tests/unit/faults.o
test-y += tests/unit/files.o
test-y += tests/unit/pairs.o
test-y += tests/unit/power.o
test-y += tests/unit/sensed.o
