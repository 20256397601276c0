# SPDX-License-Identifier: Apache-2.0
# The program for the kernel is compiled and embedded by ports/host/bpf.mk.
bpf-y += gen/agent/bpf/process_bpf_o.o
