# SPDX-License-Identifier: Apache-2.0
# The configuration. Everything here but menuconfig and oldconfig works with awk alone; those two use Kconfiglib.
# Each target is written out, because Buildroot and Yocto look for its name in the output of `make -pn config`.

configs     := ports/linux/configs
kconf        = awk -f ports/host/kconf.awk -v top=. $(foreach a,$(1),-v $(a))
kconf-user   = $(if $(wildcard $(KCONFIG_CONFIG)),user=$(KCONFIG_CONFIG),user=$(configs)/full_defconfig)
kconf-on     = $(if $(ON),on=$(ON))
kconf-files := Kconfig $(shell find agent server-stub -name Kconfig)
kconf-write  = $(Q)mkdir -p $(dir $(KCONFIG_CONFIG)) && $(1) >$(KCONFIG_CONFIG).new && \
	mv $(KCONFIG_CONFIG).new $(KCONFIG_CONFIG)
kconf-python = $(firstword $(foreach p,$(PYTHON) python3 /usr/bin/python3,\
	$(shell $(p) -c 'import kconfiglib' 2>/dev/null && echo $(p))))
kconfiglib   = srctree=. KCONFIG_CONFIG=$(KCONFIG_CONFIG) $(kconf-python) -m $(1)

config: oldconfig ## Same as oldconfig

oldconfig: $(KCONFIG_CONFIG) ## Ask for options that the configuration does not answer yet
ifeq ($(need-config),)
	$(Q)$(if $(kconf-python),$(call kconfiglib,oldconfig),$(MAKE) --no-print-directory olddefconfig)
endif

menuconfig: $(KCONFIG_CONFIG) ## Choose options on a terminal (needs Kconfiglib)
	@$(if $(kconf-python),,echo 'menuconfig needs Kconfiglib: install python3-kconfiglib or set PYTHON' >&2; exit 1)
	$(Q)$(call kconfiglib,menuconfig)

olddefconfig: ## Complete the configuration with defaults
	$(call kconf-write,$(call kconf,mode=config $(kconf-user)))

savedefconfig: ## Write to ./defconfig only what differs from the defaults
	$(Q)$(call kconf,mode=min $(kconf-user)) >defconfig

listnewconfig: ## List options that the configuration does not answer
	$(Q)$(call kconf,mode=new $(kconf-user))

allnoconfig: ## Every option off (ON=one to keep)
	$(call kconf-write,$(call kconf,mode=no $(kconf-on)))

allyesconfig: ## Every option on
	$(call kconf-write,$(call kconf,mode=yes))

randconfig: ## Options by the toss of a coin (SEED=n, ON=one to keep)
	$(call kconf-write,$(call kconf,mode=random seed=$(or $(SEED),1) $(kconf-on)))

defconfig: full_defconfig ## What a build without configuration uses: full_defconfig

tiny_defconfig: ## A lone guard for small flash
	$(call kconf-write,$(call kconf,mode=config user=$(configs)/tiny_defconfig))

default_defconfig: ## The guard for a device
	$(call kconf-write,$(call kconf,mode=config user=$(configs)/default_defconfig))

full_defconfig: ## The guard, the server and the fleet command line
	$(call kconf-write,$(call kconf,mode=config user=$(configs)/full_defconfig))

# Without a configuration the build takes full_defconfig. A partial one is completed, never edited.

$(KCONFIG_CONFIG):
	@$(say) CONFIG full_defconfig
	$(call kconf-write,$(call kconf,mode=config user=$(configs)/full_defconfig))

$(O)/include/config/auto.conf: $(KCONFIG_CONFIG) $(kconf-files) ports/host/kconf.awk ports/host/conf2h.awk
	$(Q)mkdir -p $(O)/include/config $(O)/include/generated
	$(Q)$(call kconf,mode=config user=$(KCONFIG_CONFIG)) >$@.new
	$(Q)awk -f ports/host/conf2h.awk $@.new >$(O)/include/generated/autoconf.h.new
	$(Q)cd $(O)/include/generated && { cmp -s autoconf.h.new autoconf.h && rm autoconf.h.new || \
		mv autoconf.h.new autoconf.h; }
	$(Q)mv $@.new $@

$(O)/include/generated/autoconf.h: $(O)/include/config/auto.conf ;

.PHONY: $(config-targets)
