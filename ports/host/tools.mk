# SPDX-License-Identifier: Apache-2.0
# A build folder remembers the compiler and the flags that its builder named. `make install` or `make sbom` alone takes them
# from there, so that it is about what was built, for the processor that it was built for, and compiles nothing anew.

pkg-dirs   := PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR PKG_CONFIG_PATH
tool-words := CROSS_COMPILE SYSROOT CC AR STRIP NM PKG_CONFIG $(pkg-dirs) PROTOC_C CPPFLAGS CFLAGS LDFLAGS OPT RELR LTO WERROR \
	CI DEPS KCONFIG_CONFIG LLHTTP_DIR BPF_CC prefix bindir sbindir libexecdir datadir sysconfdir
tool-named  = $(filter command environment override,$(firstword $(origin $(1))))

ifneq ($(filter $(MAKECMDGOALS),install sbom),)
-include $(O)/.tools
$(O)/.tools: ;
else
$(O)/.tools: FORCE
	$(Q)mkdir -p $(@D)
	$(Q){ $(foreach w,$(tool-words),$(if $(call tool-named,$(w)),\
		printf '%s\n' 'ifneq ($$(filter default undefined,$$(origin $(w))),)' \
			'$(w) := $(subst ','\'',$(subst $$,$$$$,$($(w))))' endif;)) :; } >$@.new
	$(Q)cmp -s $@.new $@ && rm $@.new || mv $@.new $@
endif
agent server: $(O)/.tools

# Libraries are looked for where the caller says, else in the folder of the device's libraries, never in the builder's.
# What make exports does not reach $(shell) before make 4.4, so that the command names it.
ifneq ($(SYSROOT),)
PKG_CONFIG_SYSROOT_DIR ?= $(SYSROOT)
# Debian names a folder of libraries otherwise than the compiler in one case (i386), which its compilers tell.
lib-dir                 = $(or $(shell $(CC) -print-multiarch 2>/dev/null),$(CROSS_COMPILE:%-=%))
PKG_CONFIG_LIBDIR      ?= $(subst $() ,:,$(patsubst %,$(SYSROOT)/usr/%/pkgconfig,lib/$(lib-dir) lib share))
endif
pkg-config = $(foreach d,$(pkg-dirs),$(if $($(d)),$(d)='$($(d))')) $(PKG_CONFIG)
