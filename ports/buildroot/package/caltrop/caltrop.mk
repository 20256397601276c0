################################################################################
#
# caltrop
#
################################################################################

CALTROP_VERSION = 0.1.0
# The tree is a part of the sources, so nothing is downloaded.
CALTROP_SITE = $(BR2_EXTERNAL_CALTROP_PATH)/../..
CALTROP_SITE_METHOD = local
CALTROP_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude build --exclude 'build-*'
CALTROP_LICENSE = Apache-2.0
CALTROP_LICENSE_FILES = LICENSE
CALTROP_CPE_ID_VENDOR = caltrop
CALTROP_DEPENDENCIES = host-pkgconf libuv mbedtls

# The guard keeps its configuration in its build folder.
CALTROP_KCONFIG_DOTCONFIG = build/.config
CALTROP_KCONFIG_OPTS = O=build

ifeq ($(BR2_PACKAGE_LIBXCRYPT),y)
CALTROP_DEPENDENCIES += libxcrypt
endif

ifeq ($(BR2_PACKAGE_CALTROP_PROFILE_TINY),y)
CALTROP_KCONFIG_DEFCONFIG = tiny_defconfig
else
CALTROP_KCONFIG_DEFCONFIG = default_defconfig

# What the menu leaves out, and its answers, in the guard's own words;
# `olddefconfig` completes them.
define CALTROP_KCONFIG_FIXUP_CMDS
	sed -n 's/^\([A-Z0-9_]*\) left .*/CONFIG_\1=n/p' \
		$(BR2_EXTERNAL_CALTROP_PATH)/options >>$(@D)/$(CALTROP_KCONFIG_DOTCONFIG)
	sed -n -e '/CALTROP_PROFILE_/d' \
		-e 's/^\(# \)\{0,1\}BR2_PACKAGE_CALTROP_/\1CONFIG_/p' \
		$(BR2_CONFIG) >>$(@D)/$(CALTROP_KCONFIG_DOTCONFIG)
endef
endif

ifeq ($(BR2_PACKAGE_CALTROP_UPLINK),y)
CALTROP_DEPENDENCIES += host-protobuf-c protobuf-c
endif

ifeq ($(BR2_PACKAGE_CALTROP_SOURCE_JOURNAL),y)
CALTROP_DEPENDENCIES += zstd
endif

ifeq ($(BR2_PACKAGE_CALTROP_SOURCE_JOURNAL_XZ),y)
CALTROP_DEPENDENCIES += xz
endif

CALTROP_MAKE_OPTS = \
	O=build \
	$(TARGET_CONFIGURE_OPTS) \
	CROSS_COMPILE="$(TARGET_CROSS)" \
	PROTOC_C="$(HOST_DIR)/bin/protoc-c" \
	prefix=/usr \
	INSTALL_STRIP=n

CALTROP_INSTALL = $(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(CALTROP_MAKE_OPTS) DESTDIR=$(TARGET_DIR) install

define CALTROP_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(CALTROP_MAKE_OPTS) all
endef

define CALTROP_INSTALL_TARGET_CMDS
	$(CALTROP_INSTALL) INIT=none
	$(if $(wildcard $(CALTROP_PKGDIR)/caltrop-rules.pack), \
		$(INSTALL) -D -m 0644 $(CALTROP_PKGDIR)/caltrop-rules.pack \
			$(TARGET_DIR)/usr/share/caltrop/caltrop-rules.pack)
endef

define CALTROP_INSTALL_INIT_SYSTEMD
	$(CALTROP_INSTALL) INIT=systemd
endef

# Scripts are started in the order of their names: behind syslogd's, before those of sshd and dropbear.
define CALTROP_INSTALL_INIT_SYSV
	$(CALTROP_INSTALL) INIT=sysv
	mv $(TARGET_DIR)/etc/init.d/caltropd $(TARGET_DIR)/etc/init.d/S45caltropd
endef

define CALTROP_USERS
	caltrop -1 caltrop -1 * /var/lib/caltrop - - Caltrop guard
endef

define CALTROP_PERMISSIONS
	/var/lib/caltrop d 0755 root root - - - - -
	/etc/caltrop d 0755 root root - - - - -
endef

$(eval $(kconfig-package))
