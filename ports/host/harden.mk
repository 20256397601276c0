# SPDX-License-Identifier: Apache-2.0
# What makes a program harder to break, as far as this compiler, linker and C library have it: $(harden-cc) for what is
# compiled, $(harden-ld) for what is linked. `make tidy` reads in the programs whether it is there.

comma  := ,
ask-cc  = $(if $(filter y,$(need-config)),$(shell $(1) $(CC) $(if $(SYSROOT),--sysroot=$(SYSROOT)) $(2)))

# String functions that know how large their buffer is; by level 3 also where only run time tells (gcc 12, clang 9, glibc
# 2.34). A C library without them, musl, has no level.
fortify   := $(call ask-cc,printf '\043include <features.h>\n__USE_FORTIFY_LEVEL\n' |,\
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -O2 -E -P -x c - 2>/dev/null)
fortify   := $(filter 2 3,$(fortify))

# Marks where an indirect branch may arrive (IBT, BTI), and signed return addresses (PAC). Older processors take them for
# nothing to do; they are enforced where the C library and its start files are built with them as well.
branches  := $(if $(CONFIG_HARDEN_BRANCHES),$(firstword $(foreach f,-fcf-protection -mbranch-protection=standard,\
	$(call ask-cc,echo 'int x;' |,-Werror $(f) -x c -c -o /dev/null - 2>/dev/null && echo $(f)))))

harden-cc := -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(or $(fortify),2) $(branches)
harden-ld := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack

# With HARDEN_PAGES constants lie in pages that cannot be executed. Where a kernel may have pages of up to 64 KiB, GNU ld
# begins each part, or without HARDEN_PAGES what is written, at a multiple of that in the file too, so that up to more than
# half of a program would be padding: pages.sed changes its script. Such a program starts on any kernel. On one of 4 KiB
# pages code alone is executable, on others also what shares a page of the file with code. Other linkers lay a file out as
# they do by themselves.
harden-ld += -Wl,-z,$(if $(CONFIG_HARDEN_PAGES),,no)separate-code
ifneq ($(filter aarch64% arm% loongarch% mips% powerpc64%,$(call ask-cc,,-dumpmachine)),)
ifneq ($(call ask-cc,,$(LDFLAGS) -Wl$(comma)--version 2>/dev/null | grep '^GNU ld'),)
$(O)/pages.ld: linking := $(harden-ld)
$(O)/pages.ld: ports/host/pages.sed $(O)/include/config/auto.conf
	$(Q)mkdir -p $(@D)
	$(Q)echo 'int main(void) { return 0; }' | LC_ALL=C $(CC) $(if $(SYSROOT),--sysroot=$(SYSROOT)) -fPIE -x c - \
		$(linking) -Wl,--verbose -o $@.out | sed -n '/^=====/,/^=====/ { /^=====/!p; }' | sed -f $< >$@
	$(Q)rm $@.out
$(O)/.flags: | $(O)/pages.ld
harden-ld += -Wl,-T,$(O)/pages.ld
endif
endif
