# SPDX-License-Identifier: Apache-2.0
# What the options need of the device's kernel: a fragment of its configuration, and the rows that caltropd checks there.

kernel-needs := ports/linux/kernel.needs
kernel-awk    = awk -v mode=$(1) -v config=$(O)/include/config/auto.conf -f ports/host/kernel.awk $(kernel-needs)

$(O)/gen/agent/actor/kernel/kernel_needs.c: $(kernel-needs) ports/host/kernel.awk $(O)/include/config/auto.conf
	@$(say) KERNEL $@
	$(Q)mkdir -p $(@D)
	$(Q)$(call kernel-awk,rows) >$@

kernel-config: ## Print the kernel symbols that the chosen options need, and what is lost without each
	$(Q)$(call kernel-awk,fragment)

.PHONY: kernel-config
