# SPDX-License-Identifier: Apache-2.0
# The kernel's half of sensors (agent/bpf), by clang and for the byte order of the device; caltrop-bpf carries it inside.
BPF_CC ?= clang
bpf-order = $(if $(shell echo | $(CC) -dM -E - | grep 'define __BYTE_ORDER__ __ORDER_BIG'),bpfeb,bpfel)

# What libbpf says its headers need is searched last: a root of another system has a stdint.h that asks for its processor.
$(O)/bpf/%.bpf.o: agent/bpf/%.bpf.c agent/bpf/task.bpf.h $(addprefix agent/common/,loader.h process_sample.h socket_sample.h)
	@$(say) BPF $<
	$(Q)mkdir -p $(@D)
	$(Q)command -v $(BPF_CC) >/dev/null || { \
		echo 'sensors by BPF need clang to compile for the kernel: install it, set BPF_CC, or turn SENSOR_PROCESS_BPF and SENSOR_SOCKET_BPF off' >&2; exit 1; }
	$(Q)$(BPF_CC) -O2 -g -target $(bpf-order) -ffreestanding -Wall -Werror -ffile-prefix-map=$(CURDIR)=. -I. \
		$(patsubst -I%,-idirafter %,$(call pkg-cflags,libbpf)) -c -o $@ $<

$(O)/gen/agent/bpf/%_bpf_o.c: $(O)/bpf/%.bpf.o
	@$(say) EMBED $<
	$(Q)mkdir -p $(@D)
	$(Q){ echo 'extern const char $*_bpf_o[]; extern const unsigned $*_bpf_o_len;'; \
		echo '_Alignas(8) const char $*_bpf_o[] = {'; od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '};'; \
		echo 'const unsigned $*_bpf_o_len = sizeof($*_bpf_o);'; } >$@

