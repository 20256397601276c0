# SPDX-License-Identifier: Apache-2.0
# What a release is besides programs: what they are made of, a signed archive of the sources, and packages.

sbom-words = $(call pkg-libs,$(pkgs-$(1))) $(libs-$(1)) $(if $(filter caltrop-server,$(1)),$(if $(llhttp-src),+llhttp))

sbom: all $(foreach p,$(files-y),$(call installed,$(p))) ## What the programs are made of, as SPDX and CycloneDX (caltrop.spdx.json, caltrop.cdx.json)
	$(Q){ $(foreach p,$(files-y),printf '%s\t%s\t%s\n' $(p) $(call installed,$(p)) '$(call sbom-words,$(p))';) } | \
		CC='$(CC)' CPPFLAGS='$(if $(SYSROOT),--sysroot=$(SYSROOT)) $(ext-cppflags) $(CPPFLAGS)' PKG_CONFIG="$(pkg-config)" \
		LOCK='$(if $(CONFIG_CONSOLE),server-stub/console/package-lock.json)' ports/host/sbom.sh $(VERSION) $(O)/caltrop
	@echo $(O)/caltrop.spdx.json $(O)/caltrop.cdx.json

dist: ## An archive of the last commit, its sum and its signature (DIST_KEY=as gpg knows it, or none)
	$(Q)ports/host/dist.sh $(VERSION) $(O) '$(DIST_KEY)'

deb: ## Debian's packages of these sources, by ports/debian, in $(O)/deb
	$(Q)ports/host/deb.sh $(VERSION) $(O)/deb

check-reproducible: ## Build twice in folders, zones and by users that differ, and compare every byte that is installed
	$(Q)$(apart) ports/host/reproduce.sh tiny_defconfig full_defconfig

.PHONY: sbom dist deb check-reproducible
