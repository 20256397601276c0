# SPDX-License-Identifier: Apache-2.0
# llhttp, the server's HTTP parser: the system's library where there is one, else its three C files.
# LLHTTP_DIR is a folder that has them: a release, or Debian 12's package node-llhttp unpacked by `make deps`.

ifeq ($(CONFIG_SERVER),y)
ifeq ($(LLHTTP_DIR)$(shell $(pkg-config) --exists libllhttp 2>/dev/null || echo no),)
pkgs-caltrop-server += libllhttp
else
llhttp-dirs := $(or $(LLHTTP_DIR),$(DEPS)/llhttp/usr/share /usr/share /usr/local)
llhttp-find  = $(firstword $(wildcard $(foreach d,$(llhttp-dirs),$(addprefix $(d)/,$(1)))))
llhttp-src  := $(patsubst %/,%,$(dir $(call llhttp-find,llhttp/llhttp.c src/llhttp.c llhttp.c)))
llhttp-inc  := $(patsubst %/,%,$(dir $(call llhttp-find,include/llhttp/llhttp.h include/llhttp.h llhttp.h)))
llhttp-cppflags := $(if $(llhttp-inc),-isystem $(llhttp-inc))
ifneq ($(llhttp-src),)
server-y    += $(addprefix gen/llhttp/,api.o http.o llhttp.o)
$(O)/gen/llhttp/%.c: $(llhttp-src)/%.c
	$(Q)mkdir -p $(@D)
	$(Q)cp $< $@
else
$(O)/server-stub/api/http.o: | llhttp-missing
llhttp-missing:
	@echo 'llhttp, the HTTP parser, is not here: run `make deps`, or set LLHTTP_DIR.' >&2; false
.PHONY: llhttp-missing
endif
endif
endif
