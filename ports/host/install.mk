# SPDX-License-Identifier: Apache-2.0
# make install [DESTDIR=] [prefix=/usr/local] [INIT=systemd|sysv|none] [INSTALL_STRIP=y|n]: programs, manual pages, units,
# users. It starts nothing and makes no user; the packages do (ports/linux/README.md).

INIT          ?= systemd
INSTALL_STRIP ?= y
ifneq ($(filter install,$(MAKECMDGOALS)),)
ifeq ($(filter systemd sysv none,$(INIT)),)
$(error INIT=$(INIT) is not known: it is systemd, sysv or none)
endif
endif
mandir      ?= $(datadir)/man
unitdir     ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
INSTALL     ?= install

dest-caltropd       := $(sbindir)
dest-caltrop-server := $(sbindir)
dest-caltrop-core   := $(libexecdir)
dest-caltrop-bpf    := $(libexecdir)
dest-caltrop        := $(bindir)

# The guard's capabilities follow from what was built into it.
caps-y                        := CAP_SETUID CAP_SETGID CAP_CHOWN CAP_DAC_READ_SEARCH CAP_KILL
caps-$(CONFIG_ACTION_BAN)     += CAP_NET_ADMIN
caps-$(CONFIG_SOURCE_AUDIT)   += CAP_AUDIT_READ
caps-$(CONFIG_SENSOR_PROCESS_AUDIT) += CAP_AUDIT_READ CAP_AUDIT_CONTROL
caps-$(CONFIG_ACTION_RESET)   += CAP_DAC_OVERRIDE CAP_FOWNER
caps-$(CONFIG_ACTION_LOCK)    += CAP_DAC_OVERRIDE CAP_FOWNER
caps-$(CONFIG_ACTION_LOGOUT)  += CAP_SYS_PTRACE
caps-$(CONFIG_ACTION_KILL)    += CAP_SYS_PTRACE
caps-$(CONFIG_ACTION_SUSPEND) += CAP_SYS_PTRACE
caps-$(CONFIG_ACTION_SERVICE) += CAP_SYS_PTRACE
caps-$(CONFIG_ACTION_QUARANTINE) += CAP_DAC_OVERRIDE CAP_FOWNER CAP_SYS_PTRACE
caps-$(CONFIG_ACTION_COLLECT) += CAP_SYS_PTRACE
caps-$(CONFIG_ACTION_CUT)     += CAP_NET_ADMIN CAP_SYS_PTRACE
caps-$(CONFIG_SOURCE_PROCESS) += CAP_NET_ADMIN CAP_SYS_PTRACE
caps-$(CONFIG_SOURCE_SOCKET)  += CAP_NET_ADMIN CAP_SYS_PTRACE
caps-$(CONFIG_SENSOR_PACKET)  += CAP_NET_BIND_SERVICE
caps-$(CONFIG_LOOKOUT)        += CAP_SYS_ADMIN CAP_SYS_PTRACE
caps-$(CONFIG_BPF)            += CAP_BPF CAP_PERFMON

units-$(CONFIG_AGENT)  += caltropd
units-$(CONFIG_SERVER) += caltrop-server
mans-$(CONFIG_AGENT)   += $(wildcard agent/actor/*.8 agent/common/*.5 server-stub/cli/*.1 ports/linux/*.7)
mans-$(CONFIG_CLI_PLAYBOOK) += $(wildcard server-stub/playbook/*.5)
playbooks-$(CONFIG_CLI_PLAYBOOK) += $(wildcard ports/linux/playbooks/*.yml)
mans-$(CONFIG_SERVER)  += $(wildcard server-stub/shell/*.8 server-stub/shell/*.5)

$(O)/units/%: ports/linux/%.in ports/host/install.mk $(O)/include/config/auto.conf
	$(Q)mkdir -p $(@D)
	$(Q)sed -e 's|@bindir@|$(bindir)|g; s|@sbindir@|$(sbindir)|g; s|@libexecdir@|$(libexecdir)|g; s|@sysconfdir@|$(sysconfdir)|g' \
		-e 's|@caps@|$(sort $(caps-y))|g; s|@type@|$(if $(CONFIG_NOTIFY),notify,exec)|' \
		$(if $(CONFIG_NOTIFY),,-e '/^WatchdogSec=/d') $< >$@

# Programs without symbols, which are most of their bytes. n: with them, for who keeps them apart.
installed = $(O)/$(if $(filter y,$(INSTALL_STRIP)),stripped/)$(1)

$(O)/stripped/%: $(O)/%
	@$(say) STRIP $<
	$(Q)mkdir -p $(@D)
	$(Q)$(STRIP) -o $@ $<

# FILE:WHERE a shell looks for it.
completions := caltrop.bash:bash-completion/completions/caltrop _caltrop:zsh/site-functions/_caltrop \
	caltrop.fish:fish/vendor_completions.d/caltrop.fish

# $(call link,FILE,FOLDER,NAME): by a relative path, which holds wherever the root is.
link = $(Q)mkdir -p $(DESTDIR)$(2) && ln -srfT $(DESTDIR)$(1) $(DESTDIR)$(2)/$(3)
put = $(Q)$(INSTALL) -D -m $(1) $(2) $(DESTDIR)$(3)

install: all $(foreach p,$(files-y),$(call installed,$(p))) $(units-y:%=$(O)/units/%.service) $(units-y:%=$(O)/units/%.init) $(if $(CONFIG_SERVER),$(O)/units/certbot-deploy-hook) ## Install (DESTDIR, prefix, INIT, INSTALL_STRIP)
	$(foreach p,$(files-y),$(call put,755,$(call installed,$(p)),$(dest-$(p))/$(p))$(newline))
	$(foreach p,$(links-y),$(call link,$(dest-caltropd)/caltropd,$(dest-$(p)),$(p))$(newline))
	$(foreach m,$(mans-y),$(call put,644,$(m),$(mandir)/man$(lastword $(subst ., ,$(m)))/$(notdir $(m)))$(newline))
	$(if $(CONFIG_CLI_FLEET),$(foreach c,$(completions),$(call put,644,ports/linux/completions/$(firstword $(subst :, ,$(c))),$(datadir)/$(lastword $(subst :, ,$(c))))$(newline)))
	$(if $(pack),$(call put,644,$(pack),$(datadir)/caltrop/$(notdir $(pack))))
	$(foreach b,$(playbooks-y),$(call put,644,$(b),$(datadir)/caltrop/playbooks/$(notdir $(b)))$(newline))
	$(if $(CONFIG_AGENT),$(call put,644,ports/linux/caltrop.conf,$(datadir)/caltrop/caltrop.conf))
	$(if $(CONFIG_SERVER),$(call put,644,ports/linux/server.conf,$(datadir)/caltrop/server.conf))
	$(if $(CONFIG_SERVER),$(call put,755,$(O)/units/certbot-deploy-hook,$(datadir)/caltrop/certbot-deploy-hook))
	$(Q)[ -z '$(CONFIG_AGENT)' ] || [ -e $(DESTDIR)$(sysconfdir)/caltrop/caltrop.conf ] || \
		$(INSTALL) -D -m 644 ports/linux/caltrop.conf $(DESTDIR)$(sysconfdir)/caltrop/caltrop.conf
ifeq ($(INIT),systemd)
	$(foreach u,$(units-y),$(call put,644,$(O)/units/$(u).service,$(unitdir)/$(u).service)$(newline))
	$(call put,644,ports/linux/caltrop.sysusers,$(sysusersdir)/caltrop.conf)
	$(call put,644,ports/linux/caltrop.tmpfiles,$(tmpfilesdir)/caltrop.conf)
endif
ifeq ($(INIT),sysv)
	$(call put,755,ports/linux/caltrop-supervise,$(libexecdir)/caltrop-supervise)
	$(foreach u,$(units-y),$(call put,755,$(O)/units/$(u).init,$(sysconfdir)/init.d/$(u))$(newline))
endif

define newline


endef

.PHONY: install
