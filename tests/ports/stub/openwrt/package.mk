# SPDX-License-Identifier: Apache-2.0
stub-packages :=
define BuildPackage
stub-packages += $(1)
$(call stub-fields,$(1))
$(eval $(Package/$(1)))
stub-said-$(1) := $(1) VARIANT=$$(VARIANT) USERID=$$(USERID) PROVIDES=$$(PROVIDES) DEPENDS=$$(strip $$(DEPENDS))
stub-install-$(1):
	$$(call Package/$(1)/install,$$(STUB)/root-$(1))
endef
stub-fields = $(foreach v,VARIANT USERID PROVIDES CONFLICTS DEPENDS TITLE,$(eval $(v):=))

stub-fields:
	@$(foreach v,PKG_NAME PKG_VERSION PKG_RELEASE PKG_LICENSE PKG_BUILD_DIR,echo '$(v)=$($(v))';)
	@$(foreach p,$(stub-packages),echo '$(stub-said-$(p))';)
	@echo 'options $(words $(PKG_CONFIG_DEPENDS))'
stub-configure:
	$(Build/Prepare)
	$(Build/Configure)
