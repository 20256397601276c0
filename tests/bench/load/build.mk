# SPDX-License-Identifier: Apache-2.0
# What the bench's programs share: simulated devices, the operator's HTTPS client, the measured process.
test-$(CONFIG_SERVER) += tests/bench/load/load_api.o
test-$(CONFIG_SERVER) += tests/bench/load/load_crowd.o
test-$(CONFIG_SERVER) += tests/bench/load/load_device.o
test-$(CONFIG_SERVER) += tests/bench/load/load_enroll.o
test-$(CONFIG_SERVER) += tests/bench/load/load_fleet.o
test-$(CONFIG_SERVER) += tests/bench/load/load_history.o
test-$(CONFIG_SERVER) += tests/bench/load/load_process.o
test-$(CONFIG_SERVER) += tests/bench/load/load_records.o
test-$(CONFIG_SERVER) += tests/bench/load/load_tls.o
test-y += tests/bench/load/load_disk.o
test-y += tests/bench/load/load_sign.o
test-y += tests/bench/load/load_times.o
test-y += tests/bench/load/load_wake.o

opt-tests/bench/load := -O2
