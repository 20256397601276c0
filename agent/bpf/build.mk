# SPDX-License-Identifier: Apache-2.0
# The programs for the kernel are compiled and embedded by ports/host/bpf.mk.
bpf-$(CONFIG_SENSOR_PROCESS_BPF) += gen/agent/bpf/process_bpf_o.o
bpf-$(CONFIG_SENSOR_SOCKET_BPF) += gen/agent/bpf/socket_bpf_o.o
