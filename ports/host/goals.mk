# SPDX-License-Identifier: Apache-2.0
# Which goals write the configuration, and which need none.

config-targets := config oldconfig olddefconfig menuconfig savedefconfig listnewconfig defconfig allnoconfig \
	allyesconfig randconfig tiny_defconfig default_defconfig full_defconfig
no-config      := $(config-targets) help clean distclean deps demo check check-all check-profiles check-random \
	check-clang check-cross check-musl check-debian12 check-debian13 check-reproducible check-deb deb dist feeds footprint format
need-config    := $(if $(filter-out $(no-config),$(or $(MAKECMDGOALS),all)),y)

# A goal that writes the configuration beside one that needs it, `make tiny_defconfig all`: make reads the configuration
# before it makes the first goal. So each goal gets a make of its own, in the order given, and the rest of the Makefile
# is left out.

one-by-one     := $(if $(need-config),$(if $(filter $(config-targets),$(MAKECMDGOALS)),y))
ifeq ($(one-by-one),y)
.PHONY: $(MAKECMDGOALS)
$(firstword $(MAKECMDGOALS)):
	@set -e; for goal in $(MAKECMDGOALS); do $(MAKE) --no-print-directory $$goal; done
$(filter-out $(firstword $(MAKECMDGOALS)),$(MAKECMDGOALS)): $(firstword $(MAKECMDGOALS)) ;
endif
