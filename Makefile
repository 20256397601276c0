# SPDX-License-Identifier: Apache-2.0
# One make for the whole tree: folders add lines in their build.mk, nothing recurses. `make help` lists the targets.

O        ?= build
V        ?=
include ports/host/tools.mk
prefix   ?= /usr/local
bindir   ?= $(prefix)/bin
sbindir  ?= $(prefix)/sbin
libexecdir ?= $(prefix)/libexec
datadir  ?= $(prefix)/share
sysconfdir ?= /etc
KCONFIG_CONFIG ?= $(O)/.config
DEPS     ?= $(firstword $(wildcard $(O)/deps build/deps) $(O)/deps)
VERSION  := 0.1.0

MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: FORCE
FORCE:

Q   := $(if $(V),,@)
say  = $(if $(V)$(filter kernel-config,$(MAKECMDGOALS)),:,printf '  %-8s %s\n')

ifneq ($(filter default undefined,$(origin CC)),)
CC := $(CROSS_COMPILE)gcc
endif
ifneq ($(filter default undefined,$(origin AR)),)
AR := $(CROSS_COMPILE)ar
endif
STRIP      ?= $(CROSS_COMPILE)strip
NM         ?= $(CROSS_COMPILE)nm
PKG_CONFIG ?= pkg-config
PROTOC_C   ?= $(or $(shell command -v protoc-c 2>/dev/null),protoc)

include ports/host/goals.mk
ifneq ($(one-by-one),y)

# The configuration: .config -> auto.conf for make, autoconf.h for C.

include ports/host/config.mk
ifeq ($(need-config),y)
include $(O)/include/config/auto.conf
endif

# Flags. CPPFLAGS, CFLAGS and LDFLAGS are the caller's and come last.
# A table that only a row of a feature names is unused when the feature is off, which is no mistake.

warn     := -Wall -Wextra -Wno-unused-const-variable $(if $(filter 1 y true,$(WERROR) $(CI)),-Werror)
cppflags := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -DCALTROP_VERSION='"$(VERSION)"' -DCALTROP_LIBEXECDIR='"$(libexecdir)"' -I. -I$(O)/gen \
	-include $(O)/include/generated/autoconf.h -include agent/base/kconfig.h
cflags   := -std=c11 -g $(warn) -ffile-prefix-map=$(CURDIR)=. -ffile-prefix-map=$(O)=build \
	$(if $(SYSROOT),--sysroot=$(SYSROOT))
# C unwinds nothing, so its tables would only cost flash. Relative relocations are packed (RELR=n: not) where the linker
# can and the C library knows them (glibc 2.36, musl 1.2.4), which its elf.h tells.
include ports/host/harden.mk
release  := -fno-asynchronous-unwind-tables -fno-unwind-tables -ffunction-sections -fdata-sections -fPIE -fno-plt $(harden-cc)
ldflags  := -Wl,--as-needed $(if $(SYSROOT),--sysroot=$(SYSROOT))
RELR     ?= y
relr     := -Wl,-z,pack-relative-relocs
hash     := \#
relr-try := $(hash)include <elf.h>\n$(hash)if DT_RELR != 36\n$(hash)error\n$(hash)endif\nint main(void) { return 0; }\n
relr-ok   = $(if $(filter-out n,$(RELR)),$(shell printf '$(relr-try)' | \
	$(CC) -pie -fPIE -x c - -Wl,--fatal-warnings $(relr) $(if $(SYSROOT),--sysroot=$(SYSROOT)) -o /dev/null 2>/dev/null && echo $(relr)))
# Nothing is called from outside, so no program exports what its archives have. MIPS would name all of it for its GOT.
linking  := $(harden-ld) -Wl,--gc-sections -Wl,--exclude-libs,ALL $(relr-ok)

# The programs of the device are optimised as a whole when they are linked (LTO=n: not), where the compiler can keep
# machine code beside that in the same objects (gcc 10): tests and the service link the code, and tidy reads it. The desk's
# is not for a device, and is built beside the service.
# In one part, since programs are linked side by side as it is, and parts are told nothing of each other's functions.
# What an object names by chance follows from its source instead, so that a program is the same whenever it is built, and
# line tables are the compiler's, since an assembler that makes them for such objects writes the folder into them.
LTO      ?= y
lto      := -flto=auto -ffat-lto-objects -gno-as-loc-support
lto      := $(if $(filter y,$(need-config)),$(if $(filter-out n,$(LTO)),$(shell echo 'int main(void) { return 0; }' | \
	$(CC) -Werror $(lto) -x c - $(if $(SYSROOT),--sysroot=$(SYSROOT)) -o /dev/null 2>/dev/null && echo $(lto))))
whole-cc  = $(if $(lto),$(if $(filter agent/% proto/% $(if $(CONFIG_SERVER),,server-stub/cli/%) $(O)/gen/%,$(1)),$(lto) -frandom-seed=$(1:$(O)/%=%)))
harden   := $(linking) $(if $(lto),-fno-lto)
whole-ld  = $(if $(lto),$(if $(filter $(whole),$(1)),$(linking) $(lto) -flto-partition=one,$(harden)),$(harden))
# Tests know the lines of a backtrace and no variables (CFLAGS=-g: these too), which is compiled and linked faster.
# One build serves unit tests, the simulator and the fuzzers where there is clang with its fuzzing engine (FUZZ_CC=, empty:
# gcc's sanitizers, and the fuzzers get the driver in tests/fuzz).
sanitize := -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FUZZ_CC  ?= clang
fuzz-try := int LLVMFuzzerTestOneInput(void) { return 0; }
fuzz-cc  := $(if $(and $(FUZZ_CC),$(filter y,$(need-config))),$(if $(CROSS_COMPILE)$(SYSROOT),,$(shell echo '$(fuzz-try)' | \
	$(FUZZ_CC) -fsanitize=fuzzer,address -x c - -o /dev/null 2>/dev/null && echo $(FUZZ_CC))))
san-cc   := $(or $(fuzz-cc),$(CC))
traced   := $(if $(fuzz-cc),-fsanitize=fuzzer-no-link)

# How hard each file is optimised: OPT on the command line, else opt-FILE or opt-FOLDER of its build.mk, else this: what
# is for devices as small as the compiler can (-Oz: gcc 12, clang). What every line of a log passes is opt-FILE $(fast).

smallest   := $(if $(filter y,$(need-config)),$(shell echo 'int x;' | $(CC) -Oz -x c -c -o /dev/null - 2>/dev/null && echo -Oz || echo -Os))
fast       := $(if $(CONFIG_FAST_LINES),-O2,$(smallest))
opt-default = $(if $(filter server-stub/%,$(1)),-O2,$(smallest))
opt         = $(or $(OPT),$(opt-$(basename $(1))),$(opt-$(patsubst %/,%,$(dir $(1)))),$(call opt-default,$(1)))

# The groups and the programs. A folder's build.mk appends objects to a group, nothing else.

groups := base common tls proto agent actor bpf cli fleetcli server test
include ports/host/bpf.mk
include $(sort $(shell find agent proto server-stub tests -name build.mk))

uv      := $(if $(CONFIG_UV),libuv)
pb      := $(if $(CONFIG_PROTOBUF),libprotobuf-c)
crypto  := -lmbedcrypto
tls     := $(if $(CONFIG_TLS),-lmbedtls -lmbedx509) $(crypto)
# Threads of the service share counters of 64 bits, which a library counts for processors that cannot (armel, mipsel).
atomic  := $(if $(CONFIG_SERVER),$(shell echo 'static _Atomic long long n; int main(void) { return (int)++n; }' | \
	$(CC) $(if $(SYSROOT),--sysroot=$(SYSROOT)) -x c - -o /dev/null 2>/dev/null || echo -latomic))

progs-$(CONFIG_AGENT)  += caltropd caltrop-core caltrop
links-$(CONFIG_ONE_PROGRAM) += caltrop-core caltrop # other names of caltropd
progs-$(CONFIG_BPF) += caltrop-bpf
progs-$(CONFIG_SERVER) += caltrop-server

whole                 := caltropd caltrop-core $(if $(CONFIG_SERVER),,caltrop)
main-caltropd         := agent/actor/main
groups-caltropd       := actor common base proto
libs-caltropd         := $(if $(CONFIG_ACTION_RESET)$(CONFIG_AUDIT_PASSWORDS),-lcrypt) $(crypto)
main-caltrop-core     := agent/shell/main
groups-caltrop-core   := agent common tls base proto
pkgs-caltrop-core     := $(uv) $(pb)
libs-caltrop-core     := $(tls) $(if $(CONFIG_SOURCE_JOURNAL),-lzstd) $(if $(CONFIG_SOURCE_JOURNAL_XZ),-llzma)
main-caltrop-bpf      := agent/bpf/main
groups-caltrop-bpf    := bpf base
pkgs-caltrop-bpf      := libbpf
main-caltrop          := server-stub/cli/main
groups-caltrop        := cli $(if $(CONFIG_CLI_FLEET),fleetcli) agent common tls base proto
pkgs-caltrop          := $(pb) $(if $(CONFIG_CLI_FLEET),jansson) $(if $(CONFIG_CLI_RULE),yaml-0.1)
libs-caltrop          := $(tls) $(if $(CONFIG_LOCAL_CREDENTIAL),-lcrypt)

# One program under three names: what the three are linked with, it is.
ifeq ($(CONFIG_ONE_PROGRAM),y)
main-caltropd         := agent/one/main
groups-caltropd       := actor $(groups-caltrop)
pkgs-caltropd         := $(sort $(foreach p,$(links-y),$(pkgs-$(p))))
libs-caltropd         := $(foreach p,$(links-y) caltropd,$(libs-$(p)))
endif

main-caltrop-server   := server-stub/shell/main
groups-caltrop-server := server tls base proto
pkgs-caltrop-server   := $(uv) $(pb) sqlite3 jansson libsodium $(if $(CONFIG_OUTSIDE),libcurl)
libs-caltrop-server   := $(tls) $(atomic)

files-y := $(filter-out $(links-y),$(progs-y))

pkg-cflags = $(if $(strip $(1)),$(shell $(pkg-config) --cflags $(1)))
pkg-libs   = $(if $(strip $(1)),$(shell $(pkg-config) --libs $(1)))

# Generated sources.

ifeq ($(CONFIG_PROTOBUF),y)
protos  := $(wildcard proto/caltrop/v1/*.proto)
gen-c   := $(protos:proto/%.proto=$(O)/gen/%.pb-c.c)
proto-y += $(protos:proto/%.proto=gen/%.pb-c.o)
endif
gen-h   := $(gen-c:.c=.h)

$(O)/gen/%.pb-c.c $(O)/gen/%.pb-c.h: proto/%.proto
	@$(say) PROTOC $<
	$(Q)mkdir -p $(O)/gen
	$(Q)$(PROTOC_C) --c_out=$(O)/gen -Iproto $<

include ports/host/llhttp.mk ports/host/embed.mk ports/host/kernel.mk

# Objects, archives and programs, once per variant: the release, its sanitized twin, the fuzzed one.

# $(call kept,TEXT): the file's content, touched when it changes. Another make may do the same at the same time.
kept = mkdir -p $(@D); echo '$(subst ','\'',$(1))' >$@.$$$$; cmp -s $@.$$$$ $@ && rm $@.$$$$ || mv $@.$$$$ $@

$(O)/.flags: FORCE
	$(Q)$(call kept,$(CC) $(san-cc) $(cflags) $(cppflags) $(release) $(lto) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(OPT))

$(O)/.ldflags: FORCE
	$(Q)$(call kept,$(ldflags) $(harden))

objs = $(addprefix $(1)/,$($(2)-y))
libs = $(foreach g,$(2),$(1)/lib$(g).a)

define variant-rules
$(2)/%.o: %.c $(O)/.flags $(O)/include/generated/autoconf.h | $(gen-h)
	@$$(say) $(1)CC $$<
	$(Q)mkdir -p $$(@D)
	$(Q)$(3) -MMD -MP $(cppflags) $(ext-cppflags) $(cflags) $(4) $(CPPFLAGS) $(CFLAGS) -c -o $$@ $$<
$(2)/gen/%.o: $(O)/gen/%.c $(O)/.flags $(O)/include/generated/autoconf.h | $(gen-h)
	@$$(say) $(1)CC $$<
	$(Q)mkdir -p $$(@D)
	$(Q)$(3) -MMD -MP $(cppflags) $(ext-cppflags) $(cflags) $(4) -w $(CPPFLAGS) $(CFLAGS) -c -o $$@ $$<
$(foreach g,$(groups),
$(2)/lib$(g).a: $(call objs,$(2),$(g)) $(filter %build.mk,$(MAKEFILE_LIST))
	@$$(say) $(1)AR $$@
	$(Q)mkdir -p $$(@D)
	$(Q)rm -f $$@
	$(Q)$(AR) qcD $$@ $(call objs,$(2),$(g))
	$(Q)$(AR) sD $$@
-include $(patsubst %.o,%.d,$(call objs,$(2),$(g))))
$(foreach p,$(links-y),
$(2)/$(p): $(2)/caltropd
	$(Q)ln -sf caltropd $$@)
$(foreach p,$(files-y),
$(2)/$(p): $(2)/$(main-$(p)).o $(call libs,$(2),$(groups-$(p))) $(O)/.ldflags
	@$$(say) $(1)LD $$@
	$(Q)$(3) $(cflags) $(4) $(CFLAGS) $(ldflags) $(5) $(LDFLAGS) -o $$@ $$< \
		-Wl,--start-group $(call libs,$(2),$(groups-$(p))) -Wl,--end-group $$(call pkg-libs,$(pkgs-$(p))) $(libs-$(p))
-include $(2)/$(main-$(p)).d)
endef
ext-pkgs     := $(sort $(foreach p,$(progs-y),$(pkgs-$(p))))
ext-cppflags := $(call pkg-cflags,$(ext-pkgs)) $(llhttp-cppflags)

$(eval $(call variant-rules,,$(O),$(CC),$(release) $$(call opt,$$<) $$(call whole-cc,$$<),$$(call whole-ld,$$(@F))))
# `make check` sets LOW, so that what computes leaves the processors to what is timed.
LOW ?=
$(eval $(call variant-rules,SAN,$(O)/san,$(LOW) $(san-cc),-O1 $(sanitize) $(traced),$(sanitize)))

# The pack of rules that the guard comes with. The command line compiles it, as it runs on this machine: that of this build,
# or another one, RULE_COMPILER, where this is a build for other machines. Without one, none is made.
RULE_COMPILER ?= $(if $(CROSS_COMPILE)$(SYSROOT),,$(if $(CONFIG_CLI_RULE),$(O)/caltrop))
rules-version := 1
pack          := $(if $(CONFIG_RULES_SIGMA),$(if $(RULE_COMPILER),$(O)/caltrop-rules.pack))

$(O)/caltrop-rules.pack: $(wildcard agent/rules/pack/*.yml) $(RULE_COMPILER) Makefile
	@$(say) RULES $@
	$(Q)$(RULE_COMPILER) rule build agent/rules/pack -o $@.new --name base --version $(rules-version) >$@.said 2>&1 || \
		{ cat $@.said; exit 1; }
	$(Q)mv $@.new $@

list-objects: # what the programs are made of, for tests/tidy
	@echo $(foreach g,$(sort $(foreach p,$(progs-y),$(groups-$(p)))),$(call objs,$(O),$(g))) $(foreach p,$(files-y),$(O)/$(main-$(p)).o)

list-programs: # for tests/tidy
	@echo $(progs-y:%=$(O)/%)

list-hardening: # for tests/tidy: what it looks for in programs, and the compiler's flags for marked branches
	@echo $(if $(CONFIG_HARDEN_PAGES),pages) $(if $(fortify),fortify) : $(branches)

all: agent server $(call libs,$(O),$(sort $(foreach p,$(progs-y),$(groups-$(p))))) ## Build what the configuration asks for (default)

agent: $(addprefix $(O)/,$(filter-out caltrop-server,$(progs-y))) $(pack) ## Build caltropd, caltrop-core and caltrop

server: $(addprefix $(O)/,$(filter caltrop-server,$(progs-y))) ## Build caltrop-server

san: $(addprefix $(O)/san/,$(progs-y)) ## Build the programs with sanitizers, under $(O)/san

include ports/host/tests.mk ports/host/install.mk ports/host/release.mk

help: ## This list
	@echo 'make [O=build] [V=1] [CC=clang] [CROSS_COMPILE=triplet-] [KCONFIG_CONFIG=file] TARGET'
	@sed -n 's/^\([a-z][a-z0-9_ -]*\):.*## \(.*\)/  \1|\2/p' $(filter-out %build.mk %.conf %.d,$(MAKEFILE_LIST)) | \
		awk -F'|' '{ printf "%-22s %s\n", $$1, $$2 }'

clean: ## Remove what was built, keep the configuration and the downloads
	$(Q)find $(O) -mindepth 1 -maxdepth 1 ! -name .config ! -name deps -exec rm -rf {} +

distclean: ## Remove the whole build folder
	$(Q)rm -rf $(O)

.PHONY: list-objects list-programs list-hardening all agent server san help clean distclean

endif
